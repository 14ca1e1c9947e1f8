"""A request as the gateway reads it from the server."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from cumulo.local.chance import random_bytes
from cumulo.local.http_api.errors import bad_request, too_large
from cumulo.local.http_api.message import Message

MAX_BODY = 10 * 1024 * 1024
"""API Gateway's payload quota, in bytes."""

# Headers that concern one connection, not the request; API Gateway does not hand them on.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_ADDED = ("content-length", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(slots=True)
class Request:
    """What a client sent.

    Parameters
    ----------
    id
        The request id that the gateway gave it.
    time
        When it came in, in seconds since the epoch.
    method, protocol
        ``"GET"``, ``"HTTP/1.1"``.
    raw_path, path
        The path as sent, and percent-decoded.
    query_string
        The raw query string.
    headers
        Header values by lower-case name, duplicates joined with commas; without cookies.
    raw_headers
        The headers as they came, one by one.
    cookies
        The cookies, one by one.
    source_ip
        The client's address.
    body
        The body; empty until it has been read.
    """

    id: str
    time: float
    method: str
    protocol: str
    raw_path: str
    path: str
    query_string: str
    headers: dict[str, str]
    raw_headers: Sequence[tuple[bytes, bytes]]
    cookies: list[str]
    source_ip: str
    body: bytes = b""

    @property
    def domain_name(self) -> str:
        """The host that the client asked for, as API Gateway's ``domainName``."""
        return self.headers.get("host", "")

    @property
    def user_agent(self) -> str:
        """The ``user-agent`` header, empty when there is none."""
        return self.headers.get("user-agent", "")

    def query(self) -> list[tuple[str, str]]:
        """Return the query string's parameters, percent-decoded."""
        return parse_qsl(self.query_string, keep_blank_values=True) if self.query_string else []

    def header_list(self) -> list[tuple[str, str]]:
        """Return all headers, duplicates and cookies included, with those that API Gateway adds."""
        added = {name: self.headers[name] for name in _ADDED if name in self.headers}
        came = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.raw_headers)
        return [pair for pair in came if pair[0] not in added and pair[0] not in _HOP_BY_HOP] + list(added.items())

    def check(self) -> None:
        """Refuse a path whose percent-encoding is broken."""
        if "%" in self.raw_path and _BROKEN_PERCENT.search(self.raw_path):
            raise bad_request("the path's percent-encoding is broken")


def read_request(message: Message, time: float) -> Request:
    """Make a request of what a client sent, with the headers that API Gateway adds."""
    token = random_bytes(23)
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in message.headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name == "cookie":
            cookies += [cookie for part in value.split(";") if (cookie := part.strip())]
        elif name in headers:
            headers[name] = f"{headers[name]},{value}"
        elif name not in _HOP_BY_HOP:
            headers[name] = value
    source_ip = message.client
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {source_ip}" if forwarded else source_ip
    headers["x-forwarded-port"] = str(message.port)
    headers["x-forwarded-proto"] = "http"
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(time):08x}-{token[11:].hex()}")
    raw_path = message.path
    return Request(
        id=urlsafe_b64encode(token[:11]).decode(),
        time=time,
        method=message.method,
        protocol=f"HTTP/{message.version}",
        raw_path=raw_path,
        path=unquote(raw_path) if "%" in raw_path else raw_path,
        query_string=message.query,
        headers=headers,
        raw_headers=message.headers,
        cookies=cookies,
        source_ip=source_ip,
    )


async def read_body(request: Request, message: Message) -> None:
    """Read a request's body into it, never holding more than API Gateway's quota.

    Raises
    ------
    GatewayError
        413 when the body is above the quota, whether its length was announced or not.
    ClientDisconnectedError
        When the client left before the body was complete.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MAX_BODY:
        raise too_large()
    chunks: list[bytes] = []
    size = 0
    while chunk := await message.read():
        size += len(chunk)
        if size > MAX_BODY:
            raise too_large()
        chunks.append(chunk)
    request.body = b"".join(chunks)
    # API Gateway names the length also when the client sent none, or sent chunks.
    request.headers.setdefault("content-length", str(size))
