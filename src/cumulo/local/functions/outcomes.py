"""How invocations end, in the words of Lambda."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from typing import Literal

REQUEST_LIMIT = 6_291_456
"""The largest event of a synchronous invocation, in bytes."""

RESPONSE_LIMIT = 6_291_556
"""The largest response, in bytes, as the error message of Lambda itself words it."""

Status = Literal["ok", "error", "timeout", "crash"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one invocation.

    Parameters
    ----------
    status
        How it ended, as the journal says it.
    payload
        The handler's answer or the error object, as JSON.
    error_type, message
        ``errorType`` and ``errorMessage`` of the error object; ``None`` when the handler returned.
    logged
        Whether the runtime client has written the error, with its traceback, to the function's log.
    """

    status: Status
    payload: bytes
    error_type: str | None = None
    message: str | None = None
    logged: bool = False


def returned(payload: bytes) -> Outcome:
    """Return the outcome of a handler that returned."""
    return Outcome("ok", payload)


def failed(payload: bytes) -> Outcome:
    """Return the outcome of an error that the runtime client reported; the payload is its error object."""
    try:
        error = json.loads(payload)
    except ValueError:
        error = None
    if not isinstance(error, dict):
        error = {"errorType": "Unhandled", "errorMessage": ""}
    error_type = str(error.get("errorType") or "Unhandled")
    return Outcome("error", payload, error_type, str(error.get("errorMessage", "")), logged=True)


def timed_out(request_id: str, seconds: float) -> Outcome:
    """Return the outcome of an invocation that ran longer than its function's timeout, in seconds."""
    return _fault(
        "timeout", "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    )


def exited(request_id: str, wait_status: int) -> Outcome:
    """Return the outcome of a runtime process that ended by itself; the status is that of ``os.wait``."""
    return _fault("crash", "Runtime.ExitError", f"RequestId: {request_id} Error: {exit_reason(wait_status)}")


def out_of_memory(request_id: str) -> Outcome:
    """Return the outcome of an invocation that took more memory than its function has: it is killed."""
    return _fault("crash", "Runtime.OutOfMemory", f"RequestId: {request_id} Error: {exit_reason(signal.SIGKILL)}")


def too_large() -> Outcome:
    """Return the outcome of a response above the limit."""
    return _fault(
        "error",
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
    )


def exit_reason(wait_status: int) -> str:
    """Say how a process ended.

    Examples
    --------
    >>> exit_reason(9)
    'Runtime exited with error: signal: killed'
    """
    if os.WIFSIGNALED(wait_status):
        name = (signal.strsignal(os.WTERMSIG(wait_status)) or "unknown").lower()
        core = " (core dumped)" if os.WCOREDUMP(wait_status) else ""
        return f"Runtime exited with error: signal: {name}{core}"
    code = os.waitstatus_to_exitcode(wait_status)
    return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"


def _fault(status: Status, error_type: str, message: str) -> Outcome:
    payload = json.dumps({"errorType": error_type, "errorMessage": message}, separators=(",", ":"))
    return Outcome(status, payload.encode(), error_type, message)
