"""The Lambda Runtime API for one worker, on a loopback port of its own that answers that worker's process only.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from cumulo.local.functions.connections import connected_by
from cumulo.local.functions.outcomes import RESPONSE_LIMIT, Outcome, failed, returned, too_large

_ROOT = b"/2018-06-01/runtime/"
_INVOCATION = _ROOT + b"invocation/"
_NEXT = _INVOCATION + b"next"
_INIT_ERROR = _ROOT + b"init/error"
_BROWSER_HEADERS = (b"origin", b"sec-fetch-site")


def _answer(status: str, body: dict[str, str]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


_ACCEPTED = _answer("202 Accepted", {"status": "OK"})
_TOO_LARGE = _answer(
    "413 Payload Too Large",
    {"errorMessage": "Exceeded maximum allowed payload size", "errorType": "RequestEntityTooLarge"},
)
_INVALID_ID = _answer("400 Bad Request", {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"})
_FORBIDDEN = _answer("403 Forbidden", {"errorMessage": "Forbidden", "errorType": "AccessDenied"})
_NOT_FOUND = _answer("404 Not Found", {"errorMessage": "Not found", "errorType": "NotFound"})


@dataclass(frozen=True, slots=True)
class Event:
    """What ``invocation/next`` hands out.

    Parameters
    ----------
    request_id
        The invocation's request id.
    payload
        The event, as JSON.
    deadline_ms
        When the function times out, in milliseconds since the epoch.
    arn
        The ARN that was invoked.
    trace_id
        The X-Ray trace header.
    """

    request_id: str
    payload: bytes
    deadline_ms: int
    arn: str
    trace_id: str

    def answer(self) -> bytes:
        """Return the HTTP response that carries the event."""
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {self.request_id}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {self.deadline_ms}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {self.arn}\r\n"
            f"Lambda-Runtime-Trace-Id: {self.trace_id}\r\n"
            f"Content-Length: {len(self.payload)}\r\n\r\n"
        )
        return head.encode() + self.payload


class Environment(Protocol):
    """What the Runtime API knows of the runtime that calls it, and tells about it."""

    @property
    def pid(self) -> int | None:
        """Its process id; ``None`` before it runs."""

    def on_ready(self) -> None:
        """Hear that the init phase is over: the runtime asked for its first event."""

    def on_outcome(self, outcome: Outcome) -> None:
        """Hear how the event ended."""

    def on_init_error(self, outcome: Outcome) -> None:
        """Hear that the init phase failed."""


class RuntimeApi:
    """Serves one runtime: one event at a time.

    Parameters
    ----------
    environment
        Hears what the runtime does.

    Examples
    --------
    >>> api = RuntimeApi(worker)  # doctest: +SKIP
    >>> await api.start()  # doctest: +SKIP
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Transport] = set()
        self._waiting: asyncio.Transport | None = None
        self._pending: Event | None = None
        self._current: bytes | None = None
        self._ready = False
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def undelivered(self) -> bool:
        """Whether an event waits that the runtime has not asked for."""
        return self._pending is not None

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), sock=self._socket, backlog=8)

    def send(self, event: Event) -> None:
        """Hand an event to the runtime, now or when it asks next."""
        if self._waiting is None:
            self._pending = event
        else:
            transport, self._waiting = self._waiting, None
            self._current = event.request_id.encode()
            transport.write(event.answer())

    def close(self) -> None:
        """Stop listening and drop all connections."""
        if self._server is None:
            self._socket.close()
        else:
            self._server.close()
        for transport in tuple(self._connections):
            transport.abort()

    def opened(self, transport: asyncio.Transport) -> None:
        """Note a new connection."""
        self._connections.add(transport)

    def admits(self, transport: asyncio.Transport) -> bool:
        """Whether a connection is the runtime's own: any process of this machine can reach the port."""
        pid = self._environment.pid
        client, server = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        return pid is not None and connected_by(pid, client, server)

    def closed(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        self._connections.discard(transport)
        if self._waiting is transport:
            self._waiting = None

    def handle(self, transport: asyncio.Transport, method: bytes, path: bytes, body: bytes | None) -> None:
        """Answer one request; a body of ``None`` was above the limit."""
        if method == b"GET" and path == _NEXT:
            self._next(transport)
        elif method == b"POST" and path.startswith(_INVOCATION):
            self._end(transport, path[len(_INVOCATION) :], body)
        elif method == b"POST" and path == _INIT_ERROR:
            transport.write(_ACCEPTED)
            self._environment.on_init_error(failed(body or b"{}"))
        else:
            transport.write(_NOT_FOUND)

    def _next(self, transport: asyncio.Transport) -> None:
        if self._waiting is not None:
            transport.write(_FORBIDDEN)
            return
        self._waiting = transport
        if not self._ready:
            self._ready = True
            self._environment.on_ready()
        event, self._pending = self._pending, None
        if event is not None:
            self.send(event)

    def _end(self, transport: asyncio.Transport, rest: bytes, body: bytes | None) -> None:
        request_id, _, verb = rest.partition(b"/")
        if request_id != self._current or verb not in (b"response", b"error"):
            transport.write(_INVALID_ID)
            return
        self._current = None
        if body is None:
            transport.write(_TOO_LARGE)
            self._environment.on_outcome(too_large())
        else:
            # After the caller has gone on with the answer: it need not wait for this write.
            asyncio.get_running_loop().call_soon(self._accept, transport)
            self._environment.on_outcome(returned(body) if verb == b"response" else failed(body))

    @staticmethod
    def _accept(transport: asyncio.Transport) -> None:
        transport.write(_ACCEPTED)


class _Connection(asyncio.Protocol):
    """Parses the requests of one connection."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._admitted = False
        self.on_message_begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._api.opened(self._transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._api.closed(self._transport)

    def data_received(self, data: bytes) -> None:
        # Not when it is made: the runtime's process id is known by its first request, not before.
        if not self._admitted and not self._admit():
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._transport.abort()

    def _admit(self) -> bool:
        self._admitted = self._api.admits(self._transport)
        if not self._admitted:
            self._transport.write(_FORBIDDEN)
            self._transport.close()
        return self._admitted

    def on_message_begin(self) -> None:
        self._path = b""
        self._body: list[bytes] = []
        self._size = 0
        self._forbidden = False

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_header(self, name: bytes, _: bytes) -> None:
        # A page in a browser could reach the port; no page can leave these headers out.
        if name.lower() in _BROWSER_HEADERS:
            self._forbidden = True

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= RESPONSE_LIMIT:
            self._body.append(body)
        else:
            self._body.clear()

    def on_message_complete(self) -> None:
        if self._forbidden:
            self._transport.write(_FORBIDDEN)
            return
        body = b"".join(self._body) if self._size <= RESPONSE_LIMIT else None
        self._api.handle(self._transport, self._parser.get_method(), self._path, body)
