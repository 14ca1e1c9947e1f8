"""The functions that a user pool calls, which the parent process runs.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class TriggerError(Exception):
    """A trigger failed: the caller of Cognito gets this error.

    Parameters
    ----------
    code, message
        The error, as Cognito names and words it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Asked(Protocol):
    """Answers requests: the parent process."""

    def ask(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        ...


@dataclass(frozen=True)
class Caller:
    """Who makes a pool call a trigger: the pool, the app client and the user's name."""

    pool: Mapping[str, Any]
    client_id: str
    user_name: str


class Triggers:
    """Calls the triggers of user pools.

    Parameters
    ----------
    parent
        Runs the functions.
    """

    def __init__(self, parent: Asked) -> None:
        self._parent = parent

    def call(
        self, trigger: str, source: str, caller: Caller, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Call a trigger and return its response; ``None`` when the pool has no such trigger.

        Parameters
        ----------
        trigger
            Its name in the pool's ``LambdaConfig``.
        source
            The ``triggerSource``, without the trigger's name: ``"Authentication"``.
        caller
            Who makes the pool call it.
        request, response
            What the event says of the request, and the response for the function to fill in.

        Raises
        ------
        TriggerError
            When the function fails, does not answer in time, or answers something else.
        """
        function = (caller.pool.get("LambdaConfig") or {}).get(trigger)
        if not function:
            return None
        event = {
            "version": "1",
            "triggerSource": f"{trigger}_{source}",
            "region": caller.pool["Id"].rpartition("_")[0],
            "userPoolId": caller.pool["Id"],
            "userName": caller.user_name,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": caller.client_id},
            "request": dict(request),
            "response": dict(response),
        }
        answer = self.invoke(trigger, function, caller.pool["Arn"], event)
        if not isinstance(answer, dict) or not isinstance(answer.get("response", {}), dict):
            raise TriggerError("InvalidLambdaResponseException", "Unrecognizable lambda output")
        return answer.get("response") or {}

    def invoke(self, trigger: str, function: str, pool_arn: str, event: Mapping[str, Any]) -> Any:
        """Invoke a function for a pool and return what it answered.

        Raises
        ------
        TriggerError
            When it fails.
        """
        request = {"function": function, "source": pool_arn, "event": dict(event)}
        answer = self._parent.ask("invoke", request)
        if "failure" in answer:
            text = f"{trigger} failed with error {answer['failure']}."
            raise TriggerError("UserLambdaValidationException", text)
        if "refusal" in answer:
            text = f"{trigger} invocation failed due to error {answer['refusal']}."
            raise TriggerError("UnexpectedLambdaException", text)
        return answer["payload"]
