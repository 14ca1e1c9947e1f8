"""One shape for every error: ``{"error", "timestamp", "requestId"}``, and ``details`` when single fields are wrong.

``error`` is a sentence for the caller. It never is the text of an exception that was not written for callers.
``details`` is there only when the input does not validate: a list of ``{"field", "message"}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)

from cumulo.runtime.errors import ConflictError, CursorError, NotFoundError, Refusal, ThrottledError

STATUS: Mapping[type[Refusal], HTTPStatus] = {
    CursorError: HTTPStatus.BAD_REQUEST,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    ThrottledError: HTTPStatus.TOO_MANY_REQUESTS,
}
INTERNAL = "Something went wrong on our side"
OBJECT, WHOLE, NUMBER = "Must be a JSON object", "Must be a whole number", "Must be a number"
BOOLEAN = "Must be true or false"
TIME = "Must be a date and time such as 2026-03-01T12:00:00Z"
# What is said instead of pydantic's text, which speaks to programmers of Python:
# https://docs.pydantic.dev/latest/errors/validation_errors/
PLAIN: Mapping[str, str] = {
    # Here pydantic's text is that of an exception raised in a validator.
    "value_error": "Not a valid value",
    "assertion_error": "Not a valid value",
    "missing": "Is required",
    "extra_forbidden": "There is no such field",
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "dict_type": OBJECT,
    "list_type": "Must be a list",
    "string_type": "Must be a text",
    "string_pattern_mismatch": "Does not have the form that is asked for",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": "Has too many digits",
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": BOOLEAN,
    "bool_parsing": BOOLEAN,
    "datetime_type": TIME,
    "datetime_parsing": TIME,
    "datetime_from_date_parsing": TIME,
    "timezone_aware": f"{TIME}, with its time zone",
}
# What pydantic's other sentences speak of, "String should have at most 5 characters" for example.
SUBJECTS = frozenset({"Input", "Decimal input", "String", "List", "Dictionary", "Set", "Tuple", "URL", "Value"})


class Problem:
    """What is answered instead of a result.

    Parameters
    ----------
    status
        The HTTP status.
    error
        A sentence for the caller.
    details
        Which fields are wrong, and how.
    """

    def __init__(self, status: int, error: str, details: Sequence[Mapping[str, str]] = ()) -> None:
        self.status: Final = status
        self.error: Final = error
        self.details: Final = details

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the response body.

        Examples
        --------
        >>> sorted(Problem(404, "Not found").body("r-1"))
        ['error', 'requestId', 'timestamp']
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body: dict[str, Any] = {"error": self.error, "timestamp": now, "requestId": request_id}
        return {**body, "details": list(self.details)} if self.details else body

    def headers(self) -> dict[str, str]:
        """Return the headers that go with the status."""
        plain = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return {**plain, "Retry-After": "1"} if self.status == HTTPStatus.TOO_MANY_REQUESTS else plain


def problem(error: Exception) -> Problem:
    """Return what a caller is told of an exception: an unexpected one gives 500 and none of its text."""
    match error:
        case RequestValidationError():
            return Problem(HTTPStatus.BAD_REQUEST, "The request is not valid", _details(error.errors()))
        case RequestUnsupportedContentType():
            return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json")
        case ServiceError():
            status = HTTPStatus(error.status_code)
            foreseen = isinstance(error.msg, str) and status < HTTPStatus.INTERNAL_SERVER_ERROR
            return Problem(status, str(error.msg) if foreseen else status.phrase)
        case Refusal():
            return Problem(STATUS.get(type(error), HTTPStatus.BAD_REQUEST), error.message)
        case _:
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL)


def _details(errors: Sequence[Any]) -> list[dict[str, str]]:
    return [_detail(error) for error in errors]


def _detail(error: Mapping[str, Any]) -> dict[str, str]:
    if error["type"] == "json_invalid":
        return {"field": "body", "message": "Not valid JSON"}
    return {"field": _field(error["loc"]), "message": _message(error)}


def _message(error: Mapping[str, Any]) -> str:
    """Return pydantic's finding in words for callers; its own text when there are no better ones."""
    kind: str = error["type"]
    if error["loc"][0] != "body" and kind.endswith("_type") and isinstance(error.get("input"), list):
        return "Send one value, not several"
    if kind in PLAIN:
        return PLAIN[kind]
    subject, _, rule = str(error["msg"]).partition(" should ")
    return f"Must {rule.replace(' after validation', '')}" if subject in SUBJECTS else str(error["msg"])


def _field(location: Sequence[Any]) -> str:
    """Return ``name`` for the body's field ``name``, ``query.limit`` for the query's ``limit``."""
    source, *path = [str(part) for part in location]
    if source == "body":
        return ".".join(path) or "body"
    return ".".join([source, *path])
