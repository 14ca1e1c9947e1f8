"""HTTP/1.1 as API Gateway speaks it: with its limits, with patience that ends, and with one write for an answer."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Protocol

import httptools

from cumulo.local.http_api.message import Message
from cumulo.local.http_api.response import Response

MAX_HEAD = 10_240
"""API Gateway's quota for request line and headers together, in bytes."""

HEAD_TIMEOUT = 10.0
"""How long a client may take for request line and headers, in seconds."""

BODY_TIMEOUT = 30.0
"""How long a client may pause while it sends a body, in seconds."""

KEEP_ALIVE = 60.0
"""How long an idle connection is kept, in seconds."""

LINGER = 1.0
"""How long a refused connection is read on, in seconds: closing at once could destroy the answer on its way."""

App = Callable[[Message], Awaitable[Response | None]]
"""Answers a request; ``None`` when its client has left."""

_IDLE, _HEAD, _BODY = range(3)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BODILESS = frozenset({204, 304})


class Owner(Protocol):
    """The server that connections belong to."""

    @property
    def app(self) -> App:
        """The app that answers now."""

    @property
    def connections(self) -> set[Connection]:
        """The open connections."""

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """The requests under way."""


class Connection(asyncio.Protocol):
    """One connection of a client, which may send many requests; they are answered one after the other.

    It refuses more than 10,240 bytes of request line and headers with 431, what is not HTTP with 400, and a client
    that stops sending with 408; all in API Gateway's form.

    Parameters
    ----------
    owner
        The server.
    loop
        The event loop.
    """

    def __init__(self, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._loop = loop
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._client, self._port = "", 0
        self._phase = _IDLE
        self._head_size = 0
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects = False
        self._incoming: Message | None = None  # whose body is being received
        self._running: Message | None = None  # which is being answered
        self._waiting: deque[Message] = deque()
        self._head_began = False
        self._head_too_large = False
        self._paused = False
        self._deaf = False
        self._refused = False
        self._closing = False
        self._writable: asyncio.Event | None = None
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a request."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if peer else ""
        self._port = transport.get_extra_info("sockname")[1]
        self._owner.connections.add(self)
        self._expect_until(HEAD_TIMEOUT)

    def connection_lost(self, _: Exception | None) -> None:
        """Tell the requests that their client has left."""
        self._owner.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        for message in (self._incoming, self._running):
            if message is not None:
                message.disconnect()
        self._waiting.clear()
        self.resume_writing()

    def eof_received(self) -> bool:
        """Keep the connection for the answers to what came as a whole; then it is closed."""
        self._closing = True
        return self._running is not None and self._incoming is None

    def pause_writing(self) -> None:
        """Hold back answers: the client does not read them."""
        self._writable = asyncio.Event()

    def resume_writing(self) -> None:
        """Go on with answers."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    def shut_down(self) -> None:
        """Close, at once or after the answer that is under way."""
        self._closing = True
        self._waiting.clear()
        if self._running is None:
            self._transport.close()

    def abort(self) -> None:
        """Close, whatever is under way."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        if self._deaf:
            return
        if self._phase != _BODY:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # What follows would be another protocol: the request is answered as an ordinary one.
            self._deaf = self._closing = True
        except (httptools.HttpParserError, httptools.HttpParserInvalidURLError, ValueError):
            too_large = self._head_too_large
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if too_large else HTTPStatus.BAD_REQUEST)
            return
        if self._phase == _BODY:
            self._expect_until(BODY_TIMEOUT)
        elif self._phase == _IDLE:
            self._rest()
        elif self._head_size > MAX_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._head_began:
            self._expect_until(HEAD_TIMEOUT)
        self._head_began = False

    def on_message_begin(self) -> None:
        """Expect the head of a request."""
        self._phase = _HEAD
        self._head_began = True
        self._url = b""
        self._headers = []
        self._expects = False

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Begin with the request, once its head has been found small enough."""
        if len(self._url) + sum([len(name) + len(value) + 4 for name, value in self._headers]) > MAX_HEAD:
            self._head_too_large = True
            raise ValueError("the request line and headers are too large")
        target = httptools.parse_url(self._url)
        message = Message(
            self._parser.get_method().decode("ascii"),
            (target.path or b"/").decode("latin-1"),
            (target.query or b"").decode("latin-1"),
            self._headers,
            version=self._parser.get_http_version(),
            client=self._client,
            port=self._port,
            keep_alive=self._parser.should_keep_alive(),
            resume=self._listen,
            proceed=self._proceed if self._expects else None,
        )
        self._phase = _BODY
        self._incoming = message
        if self._running is None:
            self._start(message)
        else:
            self._waiting.append(message)
            self._listen()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; that of a request which is answered already is thrown away."""
        message = self._incoming
        if message is not None and (message is self._running or message in self._waiting):
            message.feed(body)
            if message.full:
                self._listen()

    def on_message_complete(self) -> None:
        """Get ready for the next request of this connection."""
        if self._incoming is not None:
            self._incoming.end()
        self._incoming = None
        self._phase = _IDLE
        self._head_size = 0

    def _start(self, message: Message) -> None:
        self._running = message
        task = self._loop.create_task(self._answer(message))
        self._owner.tasks.add(task)
        task.add_done_callback(self._owner.tasks.discard)

    async def _answer(self, message: Message) -> None:
        response = await self._owner.app(message)
        if self._writable is not None:
            await self._writable.wait()
        self._running = None
        if self._refused or self._transport.is_closing():
            return
        keep_alive = message.keep_alive and not (self._closing and not self._waiting)
        if response is not None:
            self._transport.write(_rendered(response, message, keep_alive=keep_alive))
        if response is None or not keep_alive:
            self._transport.close()
        elif self._waiting:
            self._start(self._waiting.popleft())
            self._listen()
        else:
            self._listen()
            if self._phase == _IDLE:
                self._rest()

    def _rest(self) -> None:
        """Wait for the next request, but not while one is under way."""
        if self._running is None:
            self._expect_until(KEEP_ALIVE)
        else:
            self._deadline = None

    def _listen(self) -> None:
        """Read on, unless requests wait or so much of a body that somebody is going to read."""
        message = self._incoming
        answered = message is not self._running
        pause = bool(self._waiting) or (message is not None and message.full and not answered)
        if pause != self._paused and not self._transport.is_closing():
            self._paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _proceed(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_CONTINUE)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer and end the connection, reading on for a moment so that the client gets the answer."""
        self._refused = self._deaf = True
        self._deadline = None
        if self._transport.is_closing():
            return
        if self._incoming is not None:
            self._incoming.disconnect()
            self._incoming = None
        self._waiting.clear()
        self._transport.write(_refusal(status))
        self._listen()
        self._transport.write_eof()
        self._loop.call_later(LINGER, self._transport.close)

    def _expect_until(self, seconds: float) -> None:
        """Set the time by which the client has to have sent something.

        One timer is left to run for it, as most deadlines are moved long before they come.
        """
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer(self._deadline)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._set_timer(self._deadline)
        elif self._paused:
            self._expect_until(BODY_TIMEOUT)  # we are not listening, so the client is not to blame
        elif self._phase == _IDLE:
            self._transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)


def _rendered(response: Response, message: Message, *, keep_alive: bool) -> bytes:
    parts = [_status_line(response.status)]
    for name, value in response.headers:
        parts += (name, b": ", value, b"\r\n")
    if response.status not in _BODILESS:
        parts.append(b"content-length: %d\r\n" % len(response.body))
    if not keep_alive:
        parts.append(b"connection: close\r\n")
    parts.append(b"\r\n")
    if message.method != "HEAD" and response.status not in _BODILESS:
        parts.append(response.body)
    return b"".join(parts)


def _status_line(status: int) -> bytes:
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


def _refusal(status: HTTPStatus) -> bytes:
    body = json.dumps({"message": status.phrase}).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
