"""Uvicorn's HTTP protocol with API Gateway's limits, and with patience that ends."""

from __future__ import annotations

import asyncio
import json
import logging
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cumulo.local.http_api.joined import JoinedWrites

MAX_HEAD = 10_240
"""API Gateway's quota for request line and headers together, in bytes."""

HEAD_TIMEOUT = 10.0
"""How long a client may take for request line and headers, in seconds."""

BODY_TIMEOUT = 30.0
"""How long a client may pause while it sends a body, in seconds."""

LINGER = 1.0
"""How long a refused connection is read on, in seconds: closing at once could destroy the answer on its way."""

_IDLE, _HEAD, _BODY = range(3)

_SILENT = logging.getLogger(__name__)
_SILENT.setLevel(logging.CRITICAL)
_SILENT.disabled = True


class GatewayProtocol(HttpToolsProtocol):
    """One connection.

    It refuses more than 10,240 bytes of request line and headers with 431, what is not HTTP with 400, and a client
    that stops sending with 408; all in API Gateway's form.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What clients get wrong is answered to them; it must not reach the terminal.
        self.logger = _SILENT
        self.access_log = False
        self._phase = _IDLE
        self._head = 0
        self._head_too_large = False
        self._refused = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a request."""
        super().connection_made(transport)
        self._joined = JoinedWrites(transport, self.loop)
        self.transport = self._joined  # type: ignore[assignment]
        self._wait(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        """Send what is ready before the transport closes by itself."""
        self._joined.flush()
        super().eof_received()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        if self._refused:
            return
        if self._phase != _BODY:
            self._head += len(data)
        super().data_received(data)
        if self._refused:
            return
        if self._phase == _BODY:
            self._wait(BODY_TIMEOUT)
        elif self._phase == _IDLE:
            self._stop_waiting()
        elif self._head > MAX_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._patience is None:
            self._wait(HEAD_TIMEOUT)

    def on_message_begin(self) -> None:
        """Expect the head of a request."""
        super().on_message_begin()
        self._phase = _HEAD

    def on_headers_complete(self) -> None:
        """Check the size of the head before anything is done with it."""
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > MAX_HEAD:
            self._head_too_large = True
            raise ValueError("the request line and headers are too large")
        super().on_headers_complete()
        self._phase = _BODY

    def on_message_complete(self) -> None:
        """Get ready for the next request of this connection."""
        super().on_message_complete()
        self._phase = _IDLE
        self._head = 0

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Refuse what uvicorn could not read."""
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if self._head_too_large else HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer and end the connection, reading on for a moment so that the client gets the answer."""
        self._refused = True
        self._stop_waiting()
        if self.transport.is_closing():
            return
        running = self.cycle is not None and not self.cycle.response_complete
        if not running or not self.cycle.response_started:
            self.transport.write(_refusal(status))
        if running:
            self.cycle.disconnected = True
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
        self.flow.resume_reading()
        self.transport.write_eof()
        self._patience = self.loop.call_later(LINGER, self.transport.close)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(seconds, self._lose_patience)

    def _lose_patience(self) -> None:
        if self.flow.read_paused:
            self._wait(BODY_TIMEOUT)  # We are not listening, so the client is not to blame.
        elif self._phase == _IDLE:
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _refusal(status: HTTPStatus) -> bytes:
    body = json.dumps({"message": status.phrase}).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
