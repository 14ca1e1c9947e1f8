"""What the Scheduler refuses, in the words of its API.

https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is refused.

    Parameters
    ----------
    status
        The HTTP status.
    code
        ``"ValidationException"`` and the like.
    message
        The reason.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


def invalid(message: str) -> RefusedError:
    """Return the refusal of a request that is not well formed."""
    return RefusedError(400, "ValidationException", message)


def constraint(field: str, value: object, rule: str) -> RefusedError:
    """Return the refusal of one value.

    Parameters
    ----------
    field
        The path of the field: ``"target.arn"``.
    value
        What it holds.
    rule
        What it has to satisfy: ``"have length less than or equal to 64"``.
    """
    said = "null" if value is None else value
    return invalid(
        f"1 validation error detected: Value '{said}' at '{field}' failed to satisfy constraint: Member must {rule}"
    )


def not_found(kind: str, name: str) -> RefusedError:
    """Return the refusal of a request for something that is not there."""
    return RefusedError(404, "ResourceNotFoundException", f"{kind} {name} does not exist.")


def conflict(message: str) -> RefusedError:
    """Return the refusal of a request that clashes with what is there."""
    return RefusedError(409, "ConflictException", message)


def denied(code: str, message: str) -> RefusedError:
    """Return the refusal of a caller that may not do what it asks."""
    return RefusedError(403, code, message)
