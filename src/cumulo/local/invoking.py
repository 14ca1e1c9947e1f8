"""How the parts of the local cloud call functions: the interface between them and the function host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """What came back from one invocation.

    Parameters
    ----------
    request_id
        The invocation's request id.
    payload
        The function's answer, or the error object as Lambda words it, as JSON.
    error
        ``None`` when the handler returned; ``"Unhandled"`` as in ``X-Amz-Function-Error`` otherwise.
    duration_ms
        How long the invocation took, in milliseconds.
    """

    request_id: str
    payload: bytes
    error: str | None
    duration_ms: float


class UnknownFunctionError(Exception):
    """There is no function of that name."""


class TooManyRequestsError(Exception):
    """The function's reserved concurrency is in use: Lambda's ``TooManyRequestsException``."""


class RequestTooLargeError(Exception):
    """The event is above 6 MB: Lambda's ``RequestTooLargeException``."""


class Invoker(Protocol):
    """Calls functions by name or ARN."""

    async def invoke(self, function: str, payload: bytes, timeout: float | None = None) -> InvocationResult:
        """Invoke a function and wait for its answer, at most ``timeout`` seconds.

        A caller that stops waiting, or is cancelled, does not stop the function: it goes on, as on AWS.

        Raises
        ------
        TimeoutError
            When the answer takes longer.
        UnknownFunctionError
            When no such function runs here.
        TooManyRequestsError
            When its reserved concurrency is in use.
        RequestTooLargeError
            When the payload is above 6 MB.
        """
        ...
