"""The gateway behind a real server, on real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from cumulo.errors import CumuloError
from cumulo.local.http_api import protocol
from cumulo.local.http_api.serving import Server, serve

from ...unit.local.http_api._api import Gateway, echo, gateway, world


@pytest.fixture
def api() -> Gateway:
    routes = {
        "GET /hello": "hello",
        "GET /empty": "empty",
        "POST /echo": "echo",
        "ANY /any/{proxy+}": "echo",
        "GET /cookies": "cookies",
    }
    return gateway(
        world(routes),
        hello=lambda event: {"statusCode": 200, "body": "hello"},
        empty=lambda event: {"statusCode": 204},
        echo=echo,
        cookies=lambda event: {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": "AAH/", "isBase64Encoded": True},
    )


@pytest_asyncio.fixture
async def server(api: Gateway) -> AsyncIterator[Server]:
    server = await serve(api.app, 0)
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        yield client


async def raw(server: Server, *pieces: bytes, pause: float = 0.0, finish: bool = False) -> bytes:
    """Send bytes and return all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if finish:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def test_requests_over_a_kept_alive_connection(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        response = await client.get("/hello")
        assert (response.status_code, response.text) == (200, "hello")
        assert response.headers["apigw-requestid"]


async def test_text_binary_and_cookies_travel_unharmed(client: httpx.AsyncClient) -> None:
    event = (await client.post("/echo?x=%C3%A4", json={"name": "köder"})).json()
    assert json.loads(event["body"]) == {"name": "köder"}
    assert event["queryStringParameters"] == {"x": "ä"}
    response = await client.get("/cookies")
    assert response.content == b"\x00\x01\xff"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_an_answer_without_a_body_has_no_length(client: httpx.AsyncClient) -> None:
    """RFC 9110, section 8.6: no content-length in a response of status 204."""
    response = await client.get("/empty")
    assert (response.status_code, response.content) == (204, b"")
    assert "content-length" not in response.headers
    assert (await client.get("/hello")).headers["content-length"] == "5"


async def test_a_client_that_says_that_it_is_done_gets_its_answers(server: Server) -> None:
    """RFC 9112, section 9.6: a client may close its half of the connection after its last request."""
    one = b"GET /any/%d HTTP/1.1\r\nhost: localhost\r\n\r\n"
    answer = await raw(server, one % 1 + one % 2, finish=True)
    assert answer.count(b"HTTP/1.1 200 OK") == 2


async def test_a_client_that_waits_is_told_to_send_the_body(server: Server) -> None:
    """RFC 9110, section 10.1.1."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n")
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"{}")
    assert (await asyncio.wait_for(reader.readline(), 10)).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_http_1_0_closes_after_the_answer(server: Server) -> None:
    answer = await raw(server, b"GET /hello HTTP/1.0\r\nhost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"hello")


async def test_an_idle_connection_is_closed_after_a_while(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "KEEP_ALIVE", 0.05)
    answer = await raw(server, b"GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert answer.endswith(b"hello")


async def test_a_client_that_does_not_read_is_not_answered_into_memory(server: Server, api: Gateway) -> None:
    """Its further requests wait until it has read the answers before."""
    api.functions.functions["echo"] = lambda event: {"statusCode": 200, "body": "x" * 4_000_000}
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1000)
    writer.write(b"GET /any/x HTTP/1.1\r\nhost: localhost\r\n\r\n" * 50)
    async with asyncio.timeout(20):
        while not api.functions.calls:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert len(api.functions.calls) < 5
        size = 0
        while size < 50 * 4_000_000:
            data = await reader.read(1 << 20)
            assert data
            size += len(data)
    assert len(api.functions.calls) == 50
    writer.close()


async def test_head_has_the_headers_and_no_body(client: httpx.AsyncClient) -> None:
    response = await client.head("/any/thing")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


async def test_a_chunked_body_above_10_mb_is_refused_and_the_connection_ends_well(
    client: httpx.AsyncClient, api: Gateway
) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 1024 * 1024

    response = await client.post("/echo", content=body())
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})
    assert api.functions.calls == []
    assert (await client.get("/hello")).status_code == 200


async def test_a_body_announced_above_10_mb_is_refused_before_it_is_sent(server: Server) -> None:
    head = b"POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nexpect: 100-continue\r\n"
    answer = await raw(server, head + b"content-length: 10485761\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_100_kb_of_headers_get_a_clean_431(server: Server, api: Gateway) -> None:
    flood = b"".join(b"x-%d: %s\r\n" % (n, b"v" * 1000) for n in range(100))
    answer = await raw(server, b"GET /hello HTTP/1.1\r\nhost: localhost\r\n" + flood + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert answer.endswith(b'{"message": "Request Header Fields Too Large"}')
    assert api.functions.calls == []


async def test_one_header_without_end_gets_431(server: Server) -> None:
    pieces = [b"GET /hello HTTP/1.1\r\nx: "] + [b"v" * 1000] * 12
    assert (await raw(server, *pieces)).startswith(b"HTTP/1.1 431 ")


async def test_headers_just_within_the_quota_are_taken(client: httpx.AsyncClient) -> None:
    assert (await client.get("/hello", headers={"x": "v" * 9_900})).status_code == 200
    assert (await client.get("/hello", headers={"x": "v" * 10_300})).status_code == 431


async def test_what_is_not_http_gets_400(server: Server) -> None:
    answer = await raw(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b'{"message": "Bad Request"}')


async def test_a_body_cut_short_reaches_no_function(server: Server, api: Gateway) -> None:
    head = b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n"
    assert await raw(server, head + b"only this", finish=True) == b""
    assert api.functions.calls == []


@pytest.mark.parametrize(
    ("limit", "sent", "status"),
    [
        ("HEAD_TIMEOUT", b"GET /hello HTTP/1.1\r\nhost: loc", b"HTTP/1.1 408 "),
        ("BODY_TIMEOUT", b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n123", b"HTTP/1.1 408 "),
        ("HEAD_TIMEOUT", b"", b""),
    ],
)
async def test_a_client_that_stops_sending_is_not_waited_for(
    server: Server, api: Gateway, monkeypatch: pytest.MonkeyPatch, limit: str, sent: bytes, status: bytes
) -> None:
    monkeypatch.setattr(protocol, limit, 0.05)
    answer = await raw(server, sent)
    assert answer[: len(b"HTTP/1.1 408 ")] == status
    assert api.functions.calls == []


async def test_headers_that_trickle_in_are_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte is in time; the head as a whole is not."""
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    answer = asyncio.create_task(reader.read())
    for byte in b"GET /hello HTTP/1.1\r\nhost: localhost\r\nx: " + b"slow" * 100:
        if answer.done() or writer.is_closing():
            break
        writer.write(bytes([byte]))
        await asyncio.sleep(0.01)
    assert (await asyncio.wait_for(answer, 10)).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    one = b"GET /any/%d HTTP/1.1\r\nhost: localhost\r\n\r\n"
    last = b"GET /any/3 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    answer = await raw(server, one % 1 + one % 2 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.index(b"/any/1") < answer.index(b"/any/2") < answer.index(b"/any/3")


async def test_a_websocket_upgrade_is_an_ordinary_request(server: Server) -> None:
    head = b"GET /hello HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head + b"sec-websocket-key: x\r\nsec-websocket-version: 13\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 10)).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_the_app_can_be_exchanged_while_connections_are_open(server: Server, client: httpx.AsyncClient) -> None:
    assert (await client.get("/hello")).text == "hello"
    server.app = gateway(world({"GET /hello": "f"}), f=lambda event: {"statusCode": 200, "body": "new"}).app
    assert (await client.get("/hello")).text == "new"


async def test_it_listens_on_loopback_only(server: Server) -> None:
    assert server._listener is not None
    assert [s.getsockname()[0] for s in server._listener.sockets] == ["127.0.0.1"]


async def test_a_port_in_use_is_a_clear_error(server: Server) -> None:
    with pytest.raises(CumuloError, match=f"port {server.port} is in use") as error:
        await serve(server.app, server.port)
    assert error.value.hint == "free it, or choose another port"


async def test_a_port_that_is_none_is_a_clear_error(server: Server) -> None:
    with pytest.raises(CumuloError, match="port 70000"):
        await serve(server.app, 70_000)


async def test_stop_lets_running_requests_end_and_frees_the_port() -> None:
    started = asyncio.Event()

    async def slow(event: object) -> str:
        started.set()
        await asyncio.sleep(0.1)
        return "done"

    api = gateway(world({"GET /": "f"}), f=slow)
    server = await serve(api.app, 0)
    async with httpx.AsyncClient() as client:
        call = asyncio.create_task(client.get(f"http://127.0.0.1:{server.port}/"))
        await started.wait()
        await server.stop()
        assert (await call).text == "done"
    again = await serve(api.app, server.port)
    await again.stop()


async def test_stop_does_not_wait_for_ever() -> None:
    started = asyncio.Event()

    async def endless(event: object) -> None:
        started.set()
        await asyncio.Event().wait()

    api = gateway(world({"GET /": "f"}), f=endless)
    server = await serve(api.app, 0)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    await started.wait()
    await asyncio.wait_for(server.stop(timeout=0.05), 5)
    writer.close()


async def test_clients_that_leave_while_the_function_runs_leave_nothing_behind(server: Server, api: Gateway) -> None:
    release = asyncio.Event()

    async def slow(event: object) -> str:
        await release.wait()
        return "done"

    api.functions.functions["hello"] = slow
    before = len(asyncio.all_tasks())
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n")
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.close()
    async with asyncio.timeout(10):
        while len(api.functions.calls) < 20:
            await asyncio.sleep(0.01)
        release.set()
        while len(asyncio.all_tasks()) > before or server.connections:
            await asyncio.sleep(0.01)
