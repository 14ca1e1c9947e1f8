"""Custom authentication: challenges that an app's own functions define, create and verify.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from .triggers import Caller, TriggerError, Triggers

User = dict[str, Any]
Session = dict[str, Any]

_UNKNOWN = uuid.uuid4()
"""What the ids of users that do not exist are made from: the same name has the same id until the emulator ends."""


def install(cognito: Any, triggers: Triggers) -> None:
    """Have the emulator's Cognito run the flow so."""
    flow = CustomAuth(cognito, triggers)
    initiate, respond = cognito._initiate_auth, cognito._respond_to_auth_challenge
    cognito._invoke_define_auth_challenge_trigger = flow.define
    cognito._invoke_create_auth_challenge_trigger = flow.create
    cognito._invoke_verify_auth_challenge_trigger = flow.verify

    def initiate_custom(data: dict[str, Any]) -> Any:
        return flow.initiate(data, initiate) if data.get("AuthFlow") == "CUSTOM_AUTH" else initiate(data)

    def respond_custom(data: dict[str, Any]) -> Any:
        return flow.respond(data) if data.get("ChallengeName") == "CUSTOM_CHALLENGE" else respond(data)

    cognito._initiate_auth = initiate_custom
    cognito._respond_to_auth_challenge = respond_custom


class CustomAuth:
    """The flow, on the emulator's pools, users and sessions.

    Parameters
    ----------
    cognito
        The emulator's Cognito.
    triggers
        Calls the functions.
    """

    def __init__(self, cognito: Any, triggers: Triggers) -> None:
        self._cognito = cognito
        self._triggers = triggers

    def initiate(self, data: dict[str, Any], initiate: Any) -> Any:
        """Answer ``InitiateAuth``: with the first challenge, also for a user who does not exist, if nobody may know."""
        cognito, client_id = self._cognito, data.get("ClientId")
        # ClientMetadata of InitiateAuth does not reach the challenges' triggers.
        data = {key: value for key, value in data.items() if key != "ClientMetadata"}
        self._forget_expired()
        name = (data.get("AuthParameters") or {}).get("USERNAME")
        pool, pool_id = cognito._pool_for_client(client_id)
        if not pool or not name:
            return initiate(data)
        user, _ = cognito._resolve_user(pool, name)
        if user and user["UserStatus"] == "UNCONFIRMED":
            return cognito.error_response_json("UserNotConfirmedException", "User is not confirmed.", 400)
        if user or not cognito._hides_user_existence(pool, client_id) or not self._allowed(pool, client_id):
            return self._named(initiate(data), user)
        token, session = cognito._create_challenge_session(pool_id, client_id, name)
        session["unknown"] = True
        try:
            return self._go_on(token, session, _unknown_user(pool, name), {})
        except TriggerError:
            cognito._challenge_sessions.pop(token, None)
            raise

    def respond(self, data: dict[str, Any]) -> Any:
        """Answer ``RespondToAuthChallenge``: verify the answer, and go on as the pool's functions say."""
        cognito = self._cognito
        if not cognito._pool_for_client(data.get("ClientId"))[0]:
            text = f"User pool client {data.get('ClientId')} does not exist."
            return cognito.error_response_json("ResourceNotFoundException", text, 400)
        for name in ("USERNAME", "ANSWER"):
            if not (data.get("ChallengeResponses") or {}).get(name):
                text = f"Missing required parameter {name}"
                return cognito.error_response_json("InvalidParameterException", text, 400)
        old = data.get("Session") or ""
        # Taken out at once: of two answers to one challenge, at the same time even, one counts.
        session = cognito._challenge_sessions.pop(old, None)
        refusal = self._refusal(data, session)
        if refusal or session is None:
            if session is not None and session["client_id"] != data.get("ClientId"):
                cognito._challenge_sessions[old] = session  # it is somebody else's
            return cognito.error_response_json("NotAuthorizedException", refusal, 400)
        user, found = self._user(session), self._found(session)
        if found is not None and not found.get("Enabled", True):
            return cognito.error_response_json("NotAuthorizedException", "User is disabled.", 400)
        session["unknown"] = found is None  # deleted meanwhile
        token = secrets.token_urlsafe(48)
        cognito._challenge_sessions[token] = session
        metadata = data.get("ClientMetadata") or {}
        try:
            verified, _ = self.verify("", "", "", {}, session, data["ChallengeResponses"]["ANSWER"], metadata)
            correct = bool(((verified or {}).get("response") or {}).get("answerCorrect"))
            cognito._update_pending_challenge_result(session, correct)
            return self._go_on(token, session, user, metadata)
        except TriggerError:
            cognito._challenge_sessions.pop(token, None)
            raise

    def define(
        self, _pool: str, _client: str, _name: str, _attributes: object, session: Session, metadata: Any = None
    ) -> tuple[dict[str, Any] | None, None]:
        """Ask what comes next."""
        request = {"session": self._cognito._build_session_list(session)}
        response = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
        answer = self._call("DefineAuthChallenge", session, request, response, metadata)
        if answer is not None and session.get("unknown") and answer.get("issueTokens"):
            answer = {"failAuthentication": True}  # there is nobody to issue tokens to
        return (None if answer is None else {"response": answer}), None

    def create(
        self, _pool: str, _client: str, _name: str, _attributes: object, session: Session, metadata: Any
    ) -> tuple[dict[str, Any] | None, None]:
        """Ask for a challenge."""
        request = {"challengeName": "CUSTOM_CHALLENGE", "session": self._cognito._build_session_list(session)}
        response = {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None}
        answer = self._call("CreateAuthChallenge", session, request, response, metadata)
        return (None if answer is None else {"response": answer}), None

    def verify(
        self, _pool: str, _client: str, _name: str, _attributes: object, session: Session, answer: str, metadata: Any
    ) -> tuple[dict[str, Any] | None, None]:
        """Ask whether an answer is right."""
        last = session["challenges"][-1] if session["challenges"] else {}
        request = {
            "privateChallengeParameters": last.get("privateChallengeParameters") or {},
            "challengeAnswer": answer,
        }
        found = self._call("VerifyAuthChallengeResponse", session, request, {"answerCorrect": None}, metadata)
        return (None if found is None else {"response": found}), None

    def _call(
        self,
        trigger: str,
        session: Session,
        request: Mapping[str, Any],
        response: Mapping[str, Any],
        metadata: Mapping[str, str] | None,
    ) -> dict[str, Any] | None:
        from .identity import attributes

        pool = self._cognito._user_pools[session["pool_id"]]
        user = self._user(session)
        unknown = bool(session.get("unknown"))
        hides = self._cognito._hides_user_existence(pool, session["client_id"])
        full = {
            "userAttributes": {} if unknown else attributes(user),
            **request,
            **({"clientMetadata": metadata} if metadata else {}),
            **({"userNotFound": unknown} if hides else {}),
        }
        caller = Caller(pool, session["client_id"], user["Username"])
        return self._triggers.call(trigger, "Authentication", caller, full, response)

    def _go_on(self, token: str, session: Session, user: User, metadata: Mapping[str, str]) -> Any:
        defined, _ = self.define("", "", "", {}, session, metadata)
        answer = self._cognito._continue_custom_auth_after_define(token, session, user, {}, metadata, defined)
        return self._named(answer, user)

    def _named(self, answer: Any, user: User | None) -> Any:
        """Add the user's own name to a challenge, as AWS does."""
        status, headers, body = answer
        said = json.loads(body)
        if user is None or said.get("ChallengeName") != "CUSTOM_CHALLENGE":
            return answer
        said["ChallengeParameters"] = {**(said["ChallengeParameters"] or {}), "USERNAME": user["Username"]}
        return status, headers, json.dumps(said).encode()

    def _refusal(self, data: Mapping[str, Any], session: Session | None) -> str | None:
        """Return why a session is not good for a response; AWS tells little."""
        if session is None or session["client_id"] != data.get("ClientId"):
            return "Invalid session for the user."
        if self._cognito.time.time() > session["expires_at"]:
            return "Invalid session for the user, session is expired."
        name = (data.get("ChallengeResponses") or {}).get("USERNAME")
        if not self._is_for(session, name) or self._cognito._awaits_password_proof(session):
            return "Invalid session for the user."
        return None

    def _is_for(self, session: Session, name: str | None) -> bool:
        if not isinstance(name, str):
            return False
        pool, user = self._cognito._user_pools[session["pool_id"]], self._user(session)
        found, _ = self._cognito._resolve_user(pool, name)
        return user["Username"] in (name, (found or _unknown_user(pool, name))["Username"])

    def _user(self, session: Session) -> User:
        return self._found(session) or _unknown_user(self._cognito._user_pools[session["pool_id"]], session["username"])

    def _found(self, session: Session) -> User | None:
        if session.get("unknown"):
            return None
        pool = self._cognito._user_pools[session["pool_id"]]
        user: User | None = self._cognito._resolve_user(pool, session["username"])[0]
        return user

    def _forget_expired(self) -> None:
        """Drop the sessions that nobody can answer any more, with what the functions keep in them."""
        now = self._cognito.time.time()
        for token, session in list(self._cognito._challenge_sessions.items()):
            if session["expires_at"] < now:
                self._cognito._challenge_sessions.pop(token, None)

    def _allowed(self, pool: Mapping[str, Any], client_id: Any) -> bool:
        flows = pool["_clients"][client_id].get("ExplicitAuthFlows") or []
        return "ALLOW_CUSTOM_AUTH" in flows or "CUSTOM_AUTH_FLOW_ONLY" in flows or not flows


def _unknown_user(pool: Mapping[str, Any], name: str) -> User:
    """Return a user who does not exist; where users sign in by e-mail its own name is an id, as all others' are."""
    by_attribute = bool(pool.get("UsernameAttributes"))
    return {
        "Username": str(uuid.uuid5(_UNKNOWN, f"{pool['Id']}/{name.lower()}")) if by_attribute else name,
        "Attributes": [],
        "UserStatus": "CONFIRMED",
    }
