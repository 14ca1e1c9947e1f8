"""A thousand random requests: none may hang or leak a traceback, and the server goes on answering."""

from __future__ import annotations

import asyncio
import random

import pytest

from cumulo.local.http_api import protocol
from cumulo.local.http_api.serving import Server, serve

from ...unit.local.http_api._api import authorizer, echo, gateway, world

REQUESTS = 1000
AT_ONCE = 50

METHODS = [
    b"GET",
    b"POST",
    b"HEAD",
    b"OPTIONS",
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"FOO",
    b"\xff",
    b"",
]
TARGETS = [
    b"/", b"//", b"/..", b"/../../etc/passwd", b"/%2e%2e/%2f", b"/%", b"/%zz", b"/%00", b"/a\x00b", b"/\xc3\xa4",
    b"*", b"http://127.0.0.1/a", b"http://evil.example/a", b"127.0.0.1:80", b"/a?%zz=%&=&&a=b;c", b"/a#b", b"", b"?",
    b"/guarded", b"/limited", b"/fails", b"/" + b"a/" * 3000, b"/" + b"x" * 11000, b"\\", b"/ /",
]  # fmt: skip
VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b"", b"HTTP/1.1 x"]
HEADERS = [
    b"host: localhost", b"host: 127.0.0.1:3000", b"host: evil.example", b"host:", b"connection: close",
    b"connection: keep-alive", b"connection: upgrade", b"upgrade: websocket", b"upgrade: h2c", b"expect: 100-continue",
    b"content-length: 5", b"content-length: 0", b"content-length: -1", b"content-length: 99999999999999999999",
    b"content-length: 5, 5", b"content-length: 10485761", b"transfer-encoding: chunked", b"transfer-encoding: x",
    b"content-type: application/json", b"content-type: \xff", b"cookie: ;;=;a", b"origin: https://a.example",
    b"access-control-request-method: GET", b"authorization: yes", b"authorization: \x01", b" folded", b"no colon",
    b": no name", b"x-\x00: y", b"x: \r", b"x-forwarded-for: 1.2.3.4", b"x: " + b"y" * 12000,
]  # fmt: skip
BODIES = [
    b"",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"zz\r\n",
    b"\x00" * 300,
    b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
]


def request(rng: random.Random) -> bytes:
    """A request that is wrong somewhere, most of the time."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randrange(2000))
    lines = [b" ".join([rng.choice(METHODS), rng.choice(TARGETS), rng.choice(VERSIONS)])]
    if rng.random() < 0.6:
        lines = [b" ".join([b"POST", rng.choice(TARGETS), b"HTTP/1.1"]), b"host: localhost"]
    if rng.random() < 0.7:
        lines += rng.choices(HEADERS, k=rng.randrange(6))
    if rng.random() < 0.05:
        lines += [b"x-%d: y" % n for n in range(2000)]
    data = rng.choice([b"\r\n", b"\r\n", b"\r\n", b"\n"]).join([*lines, b"", b""]) + rng.choice(BODIES)
    if rng.random() < 0.1:
        data *= rng.randrange(2, 5)
    return data[: rng.randrange(len(data) + 1)] if rng.random() < 0.2 else data


async def send(server: Server, data: bytes, *, finish: bool) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(data)
        if finish:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def fails(event: object) -> None:
    raise RuntimeError("secret")


@pytest.mark.parametrize("seed", [1])
async def test_a_thousand_random_requests(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    for limit in ("HEAD_TIMEOUT", "BODY_TIMEOUT", "LINGER", "KEEP_ALIVE"):
        monkeypatch.setattr(protocol, limit, 0.2)
    routes = {"$default": "echo", "GET /guarded": "echo", "ANY /limited": "echo", "ANY /fails": "fails"}
    stage = {"RouteSettings": {"ANY /limited": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1}}}
    declared = world(
        routes, guarded=("GET /guarded",), more=(authorizer(),), stage=stage, cors={"AllowOrigins": ["https://*"]}
    )
    api = gateway(declared, echo=echo, fails=fails, guard=lambda event: {"isAuthorized": True})
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    server = await serve(api.app, 0)
    rng = random.Random(seed)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(data: bytes, *, finish: bool) -> bytes:
        async with gate:
            return await send(server, data, finish=finish)

    answers = await asyncio.gather(*(one(request(rng), finish=rng.random() < 0.5) for _ in range(REQUESTS)))
    last = await send(server, b"GET /a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", finish=False)
    await server.stop()

    assert last.startswith(b"HTTP/1.1 200 OK")
    for answer in answers:
        assert not answer or answer.startswith(b"HTTP/1.1 ")
        assert b"Traceback" not in answer
        assert b"secret" not in answer
    statuses = {answer[9:12] for answer in answers if answer}
    assert {b"200", b"400", b"403", b"408", b"413", b"429", b"431", b"500"} <= statuses
    assert unhandled == []
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    ours = [entry.text for entry in api.entries("system") if "RuntimeError: secret" not in entry.text]
    assert ours == []
