"""Judging requests to services that Cumulo serves itself, by the emulator's own evaluator of policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import AuthError, CredentialResolutionError, EvalContext, PrincipalInfo
from ministack.core.responses import set_request_account_id
from ministack.services import iam

DENIED = "AccessDeniedException"


def authorize(request: Mapping[str, Any]) -> dict[str, Any]:
    """Say whether a request is allowed, by the policies of who makes it.

    Parameters
    ----------
    request
        ``account``, ``region``, ``action``, ``resource``, ``context`` (condition keys and their values), and who
        asks: ``access_key`` and ``session_token``, or ``role`` and ``service``, for a service that has assumed the
        role of that ARN.

    Returns
    -------
    dict
        ``allowed``; when it is not, ``code`` and ``reason`` as AWS words them.
    """
    set_request_account_id(request["account"])
    caller = _role(request) if "role" in request else _caller(request)
    if isinstance(caller, AuthError | CredentialResolutionError):
        return {"allowed": False, "code": caller.code, "reason": caller.message}
    if caller.policies is None or ("role" in request and request["action"] == "sts:AssumeRole"):
        return {"allowed": True}  # the root may do all; that the service may assume the role is known by now
    context = EvalContext(
        principal_arn=caller.arn,
        principal_type=caller.type,
        principal_account=caller.account,
        action=request["action"],
        resource_arn=request["resource"],
        region=request["region"],
        service_context={key.lower(): value for key, value in request["context"].items()},
        principal_keys=caller.keys,
    )
    result = iam_evaluator.evaluate(context, caller.policies, *caller.limits)
    if result.decision == "Allow":
        return {"allowed": True}
    reason = iam_actions.identity_denial_message(
        request["action"], caller.arn, request["resource"], result.decision == "Deny"
    )
    return {"allowed": False, "code": DENIED, "reason": reason}


def _caller(request: Mapping[str, Any]) -> Any:
    key, account = request["access_key"], request["account"]
    credential = iam_evaluator.resolve_credential(key, account, request["session_token"])
    if isinstance(credential, CredentialResolutionError):
        return credential
    return iam_evaluator.resolve_principal(key, account, credential)


def _role(request: Mapping[str, Any]) -> Any:
    account, name = request["account"], request["role"].rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, name)
    if role is None or not _trusts(role, request["service"]):
        return AuthError(DENIED, f"The role {request['role']} does not exist or does not trust {request['service']}.")
    return PrincipalInfo(
        arn=f"arn:aws:sts::{account}:assumed-role/{name}/{request['service'].partition('.')[0]}",
        type="AssumedRole",
        account=account,
        policies=iam_evaluator._gather_role_policies(name, account),
        limits=iam_evaluator._permissions_boundary(iam._roles, name, account),
    )


def _trusts(role: Mapping[str, Any], service: str) -> bool:
    """Say whether a service may assume a role; conditions on the source (its ARN, its account) are taken as met."""
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    return any(
        statement["Effect"] == "Allow"
        and "sts:AssumeRole" in _many(statement["Action"])
        and iam_evaluator._service_principal_matches(statement.get("Principal"), service)
        for statement in _many(statements)
    )


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
