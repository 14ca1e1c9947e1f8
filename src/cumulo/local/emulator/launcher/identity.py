"""The emulator's Cognito, with what it leaves out: triggers as AWS calls them, and sign-in that reveals no user.

* Triggers get the events that AWS documents; one that fails gives ``UserLambdaValidationException``.
* Custom authentication of a user that does not exist goes on as for one that does, with ``userNotFound``, when the app
  client prevents user existence errors.
* A session of a challenge is good for one answer, of the client and the user that it was given to.
* ``PreAuthentication``, ``PostAuthentication`` and ``PostConfirmation`` are called at all.
* Nobody signs up by themselves where only administrators make users.
* Names of users are not case-sensitive, unless the pool says so.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

import functools
import json
import os
from contextvars import ContextVar
from typing import Any

from . import custom_auth
from .triggers import Caller, TriggerError, Triggers

_REQUEST: ContextVar[dict[str, Any] | None] = ContextVar("request", default=None)
"""The request that is being served, whose metadata triggers get."""


def install(cognito: Any, triggers: Triggers) -> None:
    """Fit the emulator's Cognito."""
    _install_dispatch(cognito)
    _install_names(cognito)
    custom_auth.install(cognito, triggers)
    _install_sign_up(cognito, triggers)
    _install_authentication(cognito, triggers)
    _install_others(cognito, triggers)


def attributes(user: dict[str, Any]) -> dict[str, str]:
    """Return a user's attributes as triggers get them."""
    named = {attribute["Name"]: attribute["Value"] for attribute in user.get("Attributes", ())}
    return {**named, "cognito:user_status": user["UserStatus"]}


def _install_dispatch(cognito: Any) -> None:
    run = cognito._run_idp_handler

    def run_with_triggers(handler: Any, action: str, data: dict[str, Any]) -> Any:
        token = _REQUEST.set(data)
        try:
            return run(handler, action, data)
        except TriggerError as error:
            return cognito.error_response_json(error.code, error.message, 400)
        finally:
            _REQUEST.reset(token)

    cognito._run_idp_handler = run_with_triggers


def _install_names(cognito: Any) -> None:
    resolve = cognito._resolve_user

    def resolve_in_any_case(pool: dict[str, Any], name: Any) -> Any:
        user, error = resolve(pool, name)
        sensitive = (pool.get("UsernameConfiguration") or {}).get("CaseSensitive") in (True, "true")
        if user or sensitive or not isinstance(name, str):
            return user, error
        by = {"Username", *(pool.get("UsernameAttributes") or ())}
        for candidate in list(pool["_users"].values()):
            named = {**attributes(candidate), "Username": candidate["Username"]}
            if any(named.get(attribute, "").lower() == name.lower() for attribute in by):
                return candidate, None
        return user, error

    cognito._resolve_user = resolve_in_any_case


def _install_sign_up(cognito: Any, triggers: Triggers) -> None:
    sign_up, confirm = cognito._sign_up, cognito._confirm_sign_up

    def apply(pool_id: str, client_id: str, name: str, attributes: dict[str, str], trigger_source: str) -> Any:
        flags = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
        request: dict[str, Any] = {
            "userAttributes": {key: value for key, value in attributes.items() if key != "sub"},
            "validationData": _validation_data(),
            **_metadata(),
        }
        caller = Caller(cognito._user_pools[pool_id], client_id, name)
        source = trigger_source.partition("_")[2]
        answer = triggers.call("PreSignUp", source, caller, request, flags) or {}
        return {flag: bool(answer.get(flag)) for flag in flags}

    def confirmed(data: dict[str, Any], answer: Any) -> Any:
        pool, _ = cognito._pool_for_client(data.get("ClientId"))
        user, _ = cognito._resolve_user(pool, data.get("Username"))
        caller = Caller(pool, data["ClientId"], user["Username"])
        request = {"userAttributes": attributes(user), **_metadata()}
        triggers.call("PostConfirmation", "ConfirmSignUp", caller, request, {})
        return answer

    def sign_up_and_tell(data: dict[str, Any]) -> Any:
        pool, _ = cognito._pool_for_client(data.get("ClientId"))
        settings = (pool or {}).get("AdminCreateUserConfig") or {}
        if settings.get("AllowAdminCreateUserOnly") in (True, "true"):
            return cognito.error_response_json(
                "NotAuthorizedException", "SignUp is not permitted for this user pool", 400
            )
        answer = sign_up(data)
        return confirmed(data, answer) if json.loads(answer[2]).get("UserConfirmed") is True else answer

    def confirm_and_tell(data: dict[str, Any]) -> Any:
        answer = confirm(data)
        return confirmed(data, answer) if answer[0] == 200 else answer

    cognito._apply_presignup_trigger = apply
    cognito._sign_up = sign_up_and_tell
    cognito._confirm_sign_up = confirm_and_tell


def _install_authentication(cognito: Any, triggers: Triggers) -> None:
    initiate, build_result = cognito._initiate_auth, cognito._build_auth_result

    def initiate_after_trigger(data: dict[str, Any]) -> Any:
        pool, _ = cognito._pool_for_client(data.get("ClientId"))
        name = (data.get("AuthParameters") or {}).get("USERNAME")
        if pool and name:
            user, _ = cognito._resolve_user(pool, name)
            hidden = {"userNotFound": user is None} if cognito._hides_user_existence(pool, data["ClientId"]) else {}
            if user or hidden:
                caller = Caller(pool, data["ClientId"], user["Username"] if user else name)
                request = {
                    "userAttributes": attributes(user) if user else {},
                    "validationData": data.get("ClientMetadata") or {},
                    **hidden,
                }
                triggers.call("PreAuthentication", "Authentication", caller, request, {})
        return initiate(data)

    def build_result_after_trigger(pool_id: str, client_id: str, user: dict[str, Any], *rest: Any, **named: Any) -> Any:
        if named.get("trigger_source") != "TokenGeneration_RefreshTokens":
            caller = Caller(cognito._user_pools[pool_id], client_id, user["Username"])
            request = {"userAttributes": attributes(user), "newDeviceUsed": False, **_metadata()}
            triggers.call("PostAuthentication", "Authentication", caller, request, {})
        return build_result(pool_id, client_id, user, *rest, **named)

    cognito._initiate_auth = initiate_after_trigger
    cognito._build_auth_result = build_result_after_trigger


def _install_others(cognito: Any, triggers: Triggers) -> None:
    """Have the triggers that the emulator calls itself reach the functions, too."""
    os.environ["MINISTACK_COGNITO_PRETOKEN_STRICT"] = "1"

    pretoken, custom_message = cognito._apply_pretoken_trigger, cognito._apply_custom_message_trigger

    @functools.cache
    def answer_for_lambda() -> None:  # its module is large, and few pools have such a trigger
        _answer_for_lambda(cognito, triggers)

    def apply_pretoken(*arguments: Any, **named: Any) -> Any:
        config = cognito._user_pools[named["pool_id"]].get("LambdaConfig") or {}
        if "PreTokenGeneration" in config or "PreTokenGenerationConfig" in config:
            answer_for_lambda()
        return pretoken(*arguments, **named)

    def apply_custom_message(pool: dict[str, Any], *arguments: Any, **named: Any) -> Any:
        if "CustomMessage" in (pool.get("LambdaConfig") or {}):
            answer_for_lambda()
        return custom_message(pool, *arguments, **named)

    cognito._apply_pretoken_trigger = apply_pretoken
    cognito._apply_custom_message_trigger = apply_custom_message


def _answer_for_lambda(cognito: Any, triggers: Triggers) -> None:
    """Answer for the emulator's Lambda while it serves Cognito."""
    from ministack.services import lambda_svc

    find, of, execute = (
        lambda_svc._get_func_record_for_ref,
        lambda_svc._execution_record_for_config,
        lambda_svc._execute_function_with_config_scope,
    )

    def found(function: str) -> Any:
        record = {"function": function}
        return (record, record, function) if _REQUEST.get() is not None else find(function)

    def run(record: dict[str, Any], event: dict[str, Any]) -> Any:
        if "function" not in record:
            return execute(record, event)
        pool = cognito._user_pools[event["userPoolId"]]
        trigger = event["triggerSource"].partition("_")[0]
        name = {"TokenGeneration": "PreTokenGeneration"}.get(trigger, trigger)
        return {"body": triggers.invoke(name, record["function"], pool["Arn"], event)}

    lambda_svc._get_func_record_for_ref = found
    lambda_svc._execution_record_for_config = lambda record, config: (
        config if "function" in config else of(record, config)
    )
    lambda_svc._execute_function_with_config_scope = run


def _metadata() -> dict[str, Any]:
    """Return the client's metadata; that of ``InitiateAuth`` reaches no trigger under this name."""
    request = _REQUEST.get() or {}
    metadata = None if "AuthFlow" in request else request.get("ClientMetadata")
    return {"clientMetadata": metadata} if metadata else {}


def _validation_data() -> dict[str, str] | None:
    data = (_REQUEST.get() or {}).get("ValidationData")
    return {entry["Name"]: entry.get("Value", "") for entry in data} if data else None
