"""The REST API of EventBridge Scheduler, on a loopback port.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cumulo.local.http_api.hosts import is_loopback
from cumulo.local.http_api.message import Message
from cumulo.local.http_api.response import Response
from cumulo.local.schedules.authorizing import Caller
from cumulo.local.schedules.refusals import RefusedError, denied, invalid

_LONGEST_BODY = 1_048_576
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/\d{8}/[^/]+/scheduler/aws4_request,")


@dataclass(frozen=True)
class Request:
    """One request for an operation.

    Parameters
    ----------
    name
        What the path names: a schedule, a group, or the ARN of a tagged group; ``""`` for lists.
    query
        The query's parameters.
    body
        The body's fields.
    caller
        Who sent it.
    """

    name: str
    query: Mapping[str, list[str]]
    body: Mapping[str, Any] = field(repr=False)
    caller: Caller

    def parameter(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return self.query.get(name, [default])[0]


Operation = Callable[[Request], Awaitable[Mapping[str, Any]]]
Operations = Mapping[tuple[str, str, bool], Operation]
"""By method, first part of the path, and whether the path names something."""


def scheduler_api(operations: Operations) -> Callable[[Message], Awaitable[Response | None]]:
    """Return an app that answers the API's requests.

    Like the emulator it answers this machine only: another ``Host`` would mean DNS rebinding, another ``Origin`` that
    a web page calls. A caller is known by its access key and session token; its signature is not computed again.

    Parameters
    ----------
    operations
        What it can do.
    """

    async def app(message: Message) -> Response:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message.headers}
        try:
            _check_origin(headers)
            operation, name = _operation(operations, message)
            request = Request(name, parse_qs(message.query), await _body(message), _caller(headers))
            return _answer(200, await operation(request))
        except RefusedError as refusal:
            return _answer(refusal.status, {"Message": refusal.message}, refusal.code)

    return app


def _check_origin(headers: Mapping[str, str]) -> None:
    if not is_loopback(headers.get("host", "")):
        raise denied("AccessDeniedException", "this Host is not served here")
    origin = headers.get("origin")
    foreign = headers.get("sec-fetch-site") == "cross-site"
    if foreign if origin is None else not is_loopback(urlsplit(origin.lower()).netloc):
        raise denied("AccessDeniedException", "this Origin may not call the local cloud")


def _operation(operations: Operations, message: Message) -> tuple[Operation, str]:
    kind, _, rest = message.path.lstrip("/").partition("/")
    name = unquote(rest)
    operation = operations.get((message.method, kind, bool(name)))
    if operation is None:
        raise RefusedError(404, "UnknownOperationException", f"there is no {message.method} {message.path}")
    return operation, name


def _caller(headers: Mapping[str, str]) -> Caller:
    match = _CREDENTIAL.match(headers.get("authorization", ""))
    if match is None:
        raise denied("MissingAuthenticationTokenException", "Missing Authentication Token")
    return Caller(match[1], headers.get("x-amz-security-token"))


async def _body(message: Message) -> Mapping[str, Any]:
    raw = bytearray()
    while piece := await message.read():
        raw += piece
        if len(raw) > _LONGEST_BODY:
            raise RefusedError(413, "RequestEntityTooLargeException", "the request is larger than 1 MB")
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise RefusedError(400, "SerializationException", "the body is no JSON") from None
    if not isinstance(body, dict):
        raise invalid("the body is no JSON object")
    return body


def _answer(status: int, body: Mapping[str, Any], code: str | None = None) -> Response:
    headers = [(b"content-type", b"application/json")]
    if code is not None:
        headers.append((b"x-amzn-errortype", code.encode()))
    return Response(status, headers, json.dumps(dict(body)).encode())
