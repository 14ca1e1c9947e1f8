"""The refusals that a function's own layers raise; :mod:`cumulo.runtime.http` turns them into responses."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - the family of refusals; its members are the errors
    """A request that is refused for a reason the caller may read.

    Parameters
    ----------
    message
        The reason, written for the caller: never another exception's text.
    """

    default = "The request was refused"

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default
        super().__init__(self.message)


class NotFoundError(Refusal):
    """What was asked for does not exist."""

    default = "Not found"


class ConflictError(Refusal):
    """What is there does not allow the change: it exists already, or was changed meanwhile."""

    default = "Conflict with what is stored"


class ThrottledError(Refusal):
    """A service behind the function is asked too often just now."""

    default = "Too many requests"


class CursorError(Refusal):
    """A page cursor that was not made here, for another query, or altered."""

    default = "The cursor is not valid for this query"


class MissingLinkError(Exception):
    """A function uses a resource that it is not linked to: a mistake in its declaration, not in the request."""
