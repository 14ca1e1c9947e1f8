"""What a handler reads from an HTTP API event before any route does: ids and the body's limits."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from aws_lambda_powertools.event_handler.exceptions import BadRequestError, RequestEntityTooLargeError

CORRELATION_HEADER = "x-correlation-id"
CORRELATION_ID = r"[A-Za-z0-9._:=+/-]{1,128}"
# What a DynamoDB number can hold, as powers of ten:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
SMALLEST, LARGEST = -130, 125


class Ids:
    """The ids that join what one request leaves behind in logs and responses.

    Parameters
    ----------
    request
        API Gateway's request id: ``requestId`` in errors and ``x-request-id`` of every response.
    correlation
        The caller's ``x-correlation-id`` when it is harmless, else the request id.
    """

    def __init__(self, request: str, correlation: str) -> None:
        self.request: Final = request
        self.correlation: Final = correlation


def ids(event: Mapping[str, Any], fallback: str) -> Ids:
    """Return the ids of an event.

    Parameters
    ----------
    event
        A payload of format 2.0.
    fallback
        The id to use when the event did not come through API Gateway: the invocation's.
    """
    context = event.get("requestContext")
    request = context.get("requestId") if isinstance(context, Mapping) else None
    given = headers(event).get(CORRELATION_HEADER)
    request = request if isinstance(request, str) and request else fallback
    accepted = isinstance(given, str) and re.fullmatch(CORRELATION_ID, given)
    return Ids(request=request, correlation=given if given and accepted else request)


def headers(event: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the event's headers; API Gateway gives their names in lower case."""
    found = event.get("headers")
    return found if isinstance(found, Mapping) else {}


def check_body(event: Mapping[str, Any], longest: int) -> None:
    """Refuse a body that is too large, or is not text.

    Parameters
    ----------
    event
        A payload of format 2.0.
    longest
        Most bytes the body may have.

    Raises
    ------
    RequestEntityTooLargeError
        When it has more.
    BadRequestError
        When it is not UTF-8.
    """
    body = event.get("body") or ""
    too_large = RequestEntityTooLargeError(f"The body has more than {longest} bytes")
    if len(body) > longest * 2:  # base64 makes it a third longer: this is too long either way
        raise too_large
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        raw.decode()
    except (binascii.Error, ValueError):
        raise BadRequestError("The body is not UTF-8 text") from None
    if len(raw) > longest:
        raise too_large


def read_json(text: str) -> Any:
    """Return a JSON document: numbers with a point as decimals, nothing that JSON does not know.

    Raises
    ------
    json.JSONDecodeError
        When it is broken, nested too deeply, or has ``NaN``, ``Infinity`` or a number out of DynamoDB's range.
    """
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError("not a usable JSON document", "", 0) from error


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if number and not SMALLEST <= number.adjusted() <= LARGEST:
        raise ValueError("number out of range")
    return number


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
