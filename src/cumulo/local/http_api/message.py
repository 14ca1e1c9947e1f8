"""One HTTP request as it comes in over a connection: its head, and its body piece by piece."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from cumulo.local.http_api.errors import ClientDisconnectedError

HIGH_WATER = 65_536
"""How much of a body waits in memory before the client is not listened to any more, in bytes."""


class Message:
    """A request of a client.

    Parameters
    ----------
    method, version
        ``"GET"``, ``"1.1"``.
    path, query
        The path and the query string as sent.
    headers
        The headers one by one, names in lower case.
    client, port
        The client's address, and the port that it came to.
    keep_alive
        Whether the client wants to go on after the answer.
    resume
        Called when there is room for more of the body again.
    proceed
        Called when the client waits to be told to send the body (``Expect: 100-continue``); ``None`` when it does not.
    """

    __slots__ = (
        "_arrived", "_pieces", "_proceed", "_resume", "_waiting", "client", "complete", "disconnected", "headers",
        "keep_alive", "method", "path", "port", "query", "version",
    )  # fmt: skip

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: list[tuple[bytes, bytes]],
        *,
        version: str = "1.1",
        client: str = "127.0.0.1",
        port: int = 80,
        keep_alive: bool = True,
        resume: Callable[[], None] = lambda: None,
        proceed: Callable[[], None] | None = None,
    ) -> None:
        self.method = method
        self.version = version
        self.path = path
        self.query = query
        self.headers = headers
        self.client = client
        self.port = port
        self.keep_alive = keep_alive
        self.complete = False
        self.disconnected = False
        self._resume = resume
        self._proceed = proceed
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._arrived: asyncio.Future[None] | None = None

    @property
    def full(self) -> bool:
        """Whether so much of the body waits that no more should be taken."""
        return self._waiting > HIGH_WATER

    async def read(self) -> bytes:
        """Return the next piece of the body; nothing at its end.

        Raises
        ------
        ClientDisconnectedError
            When the client left before the body was complete.
        """
        while not self._pieces:
            if self.complete:
                return b""
            if self.disconnected:
                raise ClientDisconnectedError
            if self._proceed is not None:
                self._proceed()
                self._proceed = None
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        piece = self._pieces.popleft()
        was_full = self.full
        self._waiting -= len(piece)
        if was_full and not self.full:
            self._resume()
        return piece

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._proceed = None
        self._pieces.append(piece)
        self._waiting += len(piece)
        self._wake()

    def end(self) -> None:
        """Note that the body is complete."""
        self.complete = True
        self._wake()

    def disconnect(self) -> None:
        """Note that the client has left."""
        self.disconnected = True
        self._wake()

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)
