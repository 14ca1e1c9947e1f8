"""What a function's answer becomes for the client.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cumulo.local.http_api.documents import decode

# The gateway writes these itself; what a function says of them is dropped.
_RESERVED = frozenset(
    {
        "apigw-requestid",
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class MalformedResponseError(Exception):
    """The function's answer is not one that API Gateway understands."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response: status, headers with lower-case names, and body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def json_response(status: int, message: str, mistake: str | None = None) -> Response:
    """Return an answer of the gateway itself: ``{"message": message}``, and what the developer has to mend."""
    body = {"message": message, **({"cumulo": mistake} if mistake else {})}
    return Response(status, [(b"content-type", b"application/json")], json.dumps(body).encode())


def response_v2(payload: bytes) -> Response:
    """Read a function's answer of format 2.0; an answer without ``statusCode`` is itself the body.

    Raises
    ------
    MalformedResponseError
        When it is not such an answer.
    """
    answer = _json(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        body = answer.encode("utf-8", "surrogatepass") if isinstance(answer, str) else payload
        return Response(200, [(b"content-type", b"application/json")], body)
    cookies = answer.get("cookies") or []
    if not isinstance(cookies, list):
        raise MalformedResponseError('the wrong type for field "cookies"')
    pairs = [*_single(answer.get("headers")), *(("set-cookie", cookie) for cookie in cookies)]
    return _response(answer, pairs, "text/plain;charset=UTF-8")


def response_v1(payload: bytes) -> Response:
    """Read a function's answer of format 1.0, in which ``multiValueHeaders`` win over ``headers``.

    Raises
    ------
    MalformedResponseError
        When it is not such an answer.
    """
    answer = _json(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise MalformedResponseError('no field "statusCode"')
    multiple = answer.get("multiValueHeaders") or {}
    if not isinstance(multiple, dict) or not all(isinstance(values, list) for values in multiple.values()):
        raise MalformedResponseError('the wrong type for field "multiValueHeaders"')
    named = {name.lower() for name in multiple}
    pairs = [(name, value) for name, value in _single(answer.get("headers")) if name.lower() not in named]
    pairs += [(name, value) for name, values in multiple.items() for value in values]
    return _response(answer, pairs, "text/plain;charset=UTF-8")


def _json(payload: bytes) -> Any:
    try:
        return decode(payload)
    except ValueError as error:
        raise MalformedResponseError("no JSON") from error


def _single(headers: object) -> Iterator[tuple[str, object]]:
    if headers is None:
        return
    if not isinstance(headers, dict):
        raise MalformedResponseError('the wrong type for field "headers"')
    yield from headers.items()


def _response(answer: dict[str, Any], pairs: Iterable[tuple[str, object]], default_type: str) -> Response:
    headers = [header for name, value in pairs if (header := _header(name, value))]
    if b"content-type" not in dict(headers):
        headers.append((b"content-type", default_type.encode()))
    return Response(_status(answer["statusCode"]), headers, _body(answer))


def _status(value: object) -> int:
    # Some frameworks write the status as a string; API Gateway takes it.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise MalformedResponseError('the wrong type for field "statusCode"')
    return value


def _header(name: str, value: object) -> tuple[bytes, bytes] | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif value is None:
        return None
    elif not isinstance(value, str | int | float):
        raise MalformedResponseError('the wrong type for field "headers"')
    return _checked(name.lower(), str(value).strip())


@lru_cache(maxsize=1024)  # The same few headers come again and again.
def _checked(name: str, value: str) -> tuple[bytes, bytes] | None:
    if name in _RESERVED:
        return None
    # A line break would let the answer write headers, or a whole response, of its own.
    if not _NAME.fullmatch(name) or _CONTROL.search(value):
        raise MalformedResponseError('an invalid header in field "headers"')
    try:
        return name.encode(), value.encode("latin-1")
    except UnicodeEncodeError:
        return name.encode(), value.encode("utf-8", "replace")


def _body(answer: dict[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponseError('the wrong type for field "body"')
    if answer.get("isBase64Encoded") is not True:
        return body.encode("utf-8", "replace")
    try:
        return b64decode(body, validate=True)
    except ValueError as error:
        raise MalformedResponseError('a field "body" that is not base64') from error
