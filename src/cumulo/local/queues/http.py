"""A small HTTP client for the emulator: one host, kept-alive connections, any number of requests at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import httptools

_CHUNK = 65_536


class HttpClient:
    """Sends requests to one address.

    Parameters
    ----------
    host, port
        Where to; no TLS, since it talks to this machine only.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._idle: list[_Connection] = []

    async def post(self, headers: Mapping[str, str], body: bytes, *, timeout: float) -> tuple[int, bytes]:
        """Send ``POST /`` and return status and body.

        Raises
        ------
        OSError
            When the host cannot be reached, hangs up, or does not answer within ``timeout`` seconds.
        """
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body
        async with asyncio.timeout(timeout):
            while self._idle:
                # A server may have closed an idle connection: that shows before it answers anything.
                with suppress(ConnectionError):
                    return await self._exchange(self._idle.pop(), request)
            return await self._exchange(_Connection(*await asyncio.open_connection(self._host, self._port)), request)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    async def _exchange(self, connection: _Connection, request: bytes) -> tuple[int, bytes]:
        try:
            answer = await connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        if answer.keep_alive:
            self._idle.append(connection)
        else:
            connection.close()
        return answer.status, bytes(answer.body)


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def exchange(self, request: bytes) -> _Answer:
        self._writer.write(request)
        await self._writer.drain()
        answer = _Answer()
        answer.parser = parser = httptools.HttpResponseParser(answer)
        while not answer.complete:
            data = await self._reader.read(_CHUNK)
            if not data:
                raise ConnectionResetError("the emulator hung up")
            try:
                parser.feed_data(data)
            except httptools.HttpParserError as problem:
                raise OSError(f"the emulator's answer is not HTTP: {problem}") from None
            answer.status = parser.get_status_code()
        return answer

    def close(self) -> None:
        self._writer.close()


class _Answer:
    """What the parser calls while it reads."""

    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()
        self.complete = False
        self.keep_alive = False
        self.parser: httptools.HttpResponseParser | None = None

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.complete = True
        if self.parser is not None:
            self.keep_alive = self.parser.should_keep_alive()  # it knows only now
