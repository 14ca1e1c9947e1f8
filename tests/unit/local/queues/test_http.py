"""The HTTP client that talks to the emulator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cumulo.local.queues.http import HttpClient


@asynccontextmanager
async def server(answer: bytes) -> AsyncIterator[tuple[HttpClient, list[int]]]:
    """A server that gives each request the same answer, and how many requests came over each connection."""
    connections: list[int] = []
    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(connections)
        connections.append(0)
        serving.append(asyncio.current_task())
        while await reader.readline():
            while await reader.readline() not in (b"\r\n", b""):
                pass
            await reader.readexactly(2)
            connections[number] += 1
            writer.write(answer)
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1")
    client = HttpClient("127.0.0.1", listening.sockets[0].getsockname()[1])
    try:
        yield client, connections
    finally:
        client.close()
        await asyncio.gather(*filter(None, serving))
        listening.close()


async def test_one_connection_serves_requests_in_turn() -> None:
    async with server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok") as (client, connections):
        for _ in range(3):
            assert await client.post({"host": "x"}, b"{}", timeout=10) == (200, b"ok")
    assert connections == [3]


async def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"
    async with server(answer) as (client, connections):
        for _ in range(2):
            assert await client.post({"host": "x"}, b"{}", timeout=10) == (200, b"ok")
    assert connections == [1, 1]


async def test_what_is_not_http_is_refused() -> None:
    async with server(b"nonsense\r\n\r\n") as (client, _):
        with pytest.raises(OSError, match="not HTTP"):
            await client.post({"host": "x"}, b"{}", timeout=10)
