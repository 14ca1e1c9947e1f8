"""Who may speak to the emulator: this machine's programs, and pages that this machine serves."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from . import refusals, storage

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SECRET_HEADER = b"x-cumulo-secret"
CONTROL = "/_cumulo/"
_RESERVED = re.compile(r"/(_cumulo|_ministack|_aws|_localstack|health)(/|$)")
# The emulator's own APIs are `<id>.execute-api.127.0.0.1`; no DNS name ends in a number, so none can be rebound to it.
_LOOPBACK = re.compile(
    r"(localhost|([a-z0-9-]+\.)+localhost|([a-f0-9]{8}\.execute-api\.)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?"
)
_READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "TransactGet")


class Guard:
    """Checks each request before the emulator sees it.

    * ``Host`` must name this machine: another name means DNS rebinding.
    * ``Origin``, which browsers send, must be a page of this machine or one of the stage's own origins; pages of
      other sites, also without one (an image, a link), may only use presigned URLs of buckets. Without these, any
      web page could call the emulator, which takes an unsigned request for the account's root.
    * Control endpoints need the secret that only the parent process knows.
    * A request that is signed for a service that is not served is told so.

    What the emulator fails on is answered as an error of AWS and said in a line.

    Parameters
    ----------
    app
        The emulator.
    control
        Answers requests for ``/_cumulo/*``.
    secret
        The value that ``x-cumulo-secret`` has to have.
    origins
        The origins outside this machine that may call: the stage's own.
    services
        The services that are served, by their names in AWS endpoints.
    changed
        Called after each request that may have changed something.
    follow_clock
        Called before each request: sets this process's time to the local cloud's.
    """

    def __init__(
        self,
        app: App,
        *,
        control: App,
        secret: str,
        origins: Collection[str],
        services: Collection[str],
        changed: Callable[[], None],
        follow_clock: Callable[[], None],
    ) -> None:
        self._app = app
        self._control = control
        self._secret = secret.encode()
        self._origins = frozenset(origins)
        self._services = frozenset(services)
        self._changed = changed
        self._follow_clock = follow_clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        self._follow_clock()
        headers = {name.lower(): value for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal:
            await answer(send, 403, refusal.encode(), b"text/plain; charset=utf-8")
        elif scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
        elif unserved := refusals.unserved(headers, self._services):
            await _respond(send, *unserved)
        elif unsigned := storage.unsigned(scope["query_string"], headers):
            await _respond(send, *unsigned)
        else:
            await self._serve(scope, headers, receive, send)

    async def _serve(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        begun = False

        def begin() -> None:
            nonlocal begun
            if not begun and not reads_only(scope["method"], headers):
                self._changed()  # before the client hears of it, who may move the clock then
            begun = True

        async def sending(message: MutableMapping[str, Any]) -> None:
            begin()
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as problem:
            if not begun:
                await _respond(send, *refusals.failed(headers, problem))
        finally:
            begin()

    def _refusal(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
        if not _LOOPBACK.fullmatch(headers.get(b"host", b"").decode("latin-1").lower()):
            return "this Host is not served here\n"
        if not self._may_call(scope, headers):
            return "this Origin may not call the local cloud\n"
        if _RESERVED.match(scope["path"]) and not hmac.compare_digest(headers.get(SECRET_HEADER, b""), self._secret):
            return "this endpoint is private\n"
        return None

    def _may_call(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        origin = headers.get(b"origin")
        if origin is not None:
            text = origin.decode("latin-1").lower()
            if text in self._origins or _LOOPBACK.fullmatch(urlsplit(text).netloc):
                return True
        elif headers.get(b"sec-fetch-site") != b"cross-site":
            return True
        return storage.page_may_call(scope["method"], scope["path"], scope["query_string"], headers)


def reads_only(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Say whether a request cannot change anything, judged from its outside."""
    target = headers.get(b"x-amz-target", b"").decode("latin-1")
    if target:
        return target.rpartition(".")[2].startswith(_READS)
    # A query-protocol action can ride on a GET, but no AWS client sends one that changes something.
    return method in ("GET", "HEAD", "OPTIONS")


async def answer(send: Send, status: int, body: bytes, content_type: bytes = b"application/json") -> None:
    """Send a whole response."""
    await _respond(send, status, {b"content-type": content_type}, body)


async def _respond(send: Send, status: int, fields: Mapping[bytes, bytes], body: bytes) -> None:
    headers = [*fields.items(), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
