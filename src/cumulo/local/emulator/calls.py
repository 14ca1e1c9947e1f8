"""What the emulator asks of this process and tells it, over a socket that nobody else has an end of."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Json = Mapping[str, Any]
Answer = Callable[[str, Json], Awaitable[Json]]
"""Answers a request of the emulator, by its kind; it raises nothing."""

Hear = Callable[[str, Json], None]
"""Takes what the emulator tells, by its kind."""

_LONGEST = 64 * 1024 * 1024


class Calls:
    """The requests and news of one emulator.

    Parameters
    ----------
    connection
        This process's end of the socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._serving: asyncio.Task[None] | None = None
        self._answering: set[asyncio.Task[None]] = set()

    def serve(self, answer: Answer, hear: Hear) -> None:
        """Begin to answer and hear; what came before is not lost."""
        self._serving = asyncio.create_task(self._serve(answer, hear))

    async def stop(self) -> None:
        """Answer nothing any more."""
        tasks = [task for task in (self._serving, *self._answering) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._connection.close()

    async def _serve(self, answer: Answer, hear: Hear) -> None:
        reader, writer = await asyncio.open_connection(sock=self._connection, limit=_LONGEST)
        try:
            while line := await reader.readline():
                message = json.loads(line)
                if "tell" in message:
                    hear(message["tell"], message)
                else:
                    task = asyncio.create_task(_reply(message, answer, writer))
                    self._answering.add(task)
                    task.add_done_callback(self._answering.discard)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _reply(message: Json, answer: Answer, writer: asyncio.StreamWriter) -> None:
    said = {"number": message["number"], **await answer(message["ask"], message)}
    writer.write(json.dumps(said, separators=(",", ":")).encode() + b"\n")
    with contextlib.suppress(OSError):
        await writer.drain()
