"""When a target does not take what it is sent: what is tried again, when, and for how long.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
"""

from __future__ import annotations

import json

from cumulo.errors import CumuloError
from cumulo.local.invoking import UnknownFunctionError
from cumulo.local.queues.client import SqsError
from cumulo.local.schedules.records import Execution
from cumulo.local.schedules.refusals import RefusedError

_LONGEST_PAUSE = 480.0
"""AWS says "exponential back-off" only. With this limit the 185 retries of the default policy take its 24 hours."""

_MISSING = ("QueueDoesNotExist", "NonExistentQueue")


class DeliveryError(Exception):
    """A target did not take what it was sent.

    Parameters
    ----------
    code, message
        The error in the target's words.
    final
        Whether trying again cannot help: no permission, no such target.
    """

    def __init__(self, code: str, message: str, *, final: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.final = code, message, final


def delivery_error(problem: Exception) -> DeliveryError:
    """Return what a failure means for the delivery."""
    if isinstance(problem, DeliveryError):
        return problem
    if isinstance(problem, RefusedError):
        return DeliveryError(problem.code, problem.message, final=True)
    if isinstance(problem, UnknownFunctionError):
        return DeliveryError("ResourceNotFoundException", f"Function not found: {problem}", final=True)
    if isinstance(problem, SqsError):
        return DeliveryError(problem.code, str(problem).partition(": ")[2], final=problem.code.endswith(_MISSING))
    if isinstance(problem, CumuloError | OSError):
        return DeliveryError("ServiceUnavailable", str(problem))
    raise problem


def check_json(payload: str) -> None:
    """Refuse what Lambda's Invoke refuses as an event."""
    try:
        json.loads(payload)
    except ValueError:
        message = "Could not parse request body into json"
        raise DeliveryError("InvalidRequestContentException", message, final=True) from None


def pause(attempt: int) -> float:
    """Return how long to wait after an attempt, in seconds: 1, 2, 4, … up to 8 minutes."""
    return float(min(2.0 ** min(attempt - 1, 30), _LONGEST_PAUSE))


def exhausted(execution: Execution, next_attempt: float) -> str | None:
    """Return which limit of the retry policy forbids another attempt; ``None`` when none does.

    Parameters
    ----------
    execution
        As it was tried last.
    next_attempt
        When it would be tried again, in seconds since the epoch.
    """
    policy = execution.target["RetryPolicy"]
    if execution.attempt > policy["MaximumRetryAttempts"]:
        return "MaximumRetryAttempts"
    if next_attempt - execution.begun > policy["MaximumEventAgeInSeconds"]:
        return "MaximumEventAgeInSeconds"
    return None
