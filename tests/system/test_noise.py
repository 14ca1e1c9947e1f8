"""Noise at every port that a running system opens: no hang, no traceback to the client, and it still answers."""

import contextlib
import random
import socket

import psutil

from tests.system.conftest import Dev

REQUESTS = 1000
METHODS = [b"GET", b"POST", b"PUT", b"OPTIONS", b"CONNECT", b"PRI", b"", b"get", b"\x16\x03\x01", b"G\x00T"]
TARGETS = [
    b"/",
    b"*",
    b"//",
    b"/%zz",
    b"/../../etc/passwd",
    b"/%00",
    b"http://evil.example/",
    b"/" + b"a" * 9000,
    b"?",
    b"/\xff",
]
HEADERS = [
    b"Host: 127.0.0.1",
    b"Host: evil.example",
    b"Content-Length: 99999999999",
    b"Content-Length: -1",
    b"Transfer-Encoding: chunked",
    b"Connection: Upgrade",
    b"Upgrade: websocket",
    b"Expect: 100-continue",
    b"Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/eu-central-1/s3/aws4_request",
    b"X-Amz-Target: DynamoDB_20120810.PutItem",
    b"X-Big: " + b"a" * 100_000,
    b": nameless",
    b"\x00\x01",
]
BODIES = [b"", b"{", b"\x00" * 100, b"zz\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"Action=CreateQueue"]


def test_noise_at_every_port(dev: Dev) -> None:
    dev.start()
    with dev.client() as client:
        assert client.get("/health").status_code == 200
        ports = sorted(_ports(dev))
        assert {dev.port, dev.services_port} <= set(ports)
        chance = random.Random(7)
        for port in ports:
            answers = b"".join(_send(port, _noise(chance)) for _ in range(REQUESTS))
            assert b"Traceback" not in answers
        assert client.get("/health").status_code == 200
        assert client.post("/notes/1", json={"text": "milk"}).status_code == 201
    assert "Traceback" not in dev.said()
    assert dev.end() == 0


def _ports(dev: Dev) -> set[int]:
    return {
        connection.laddr.port
        for process in dev.family()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def _noise(chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        return chance.randbytes(chance.randrange(1, 400))
    line = b" ".join([chance.choice(METHODS), chance.choice(TARGETS), chance.choice([b"HTTP/1.1", b"HTTP/9", b""])])
    headers = chance.sample(HEADERS, chance.randrange(0, 4))
    return b"\r\n".join([line, *headers, b"", chance.choice(BODIES)])


def _send(port: int, data: bytes) -> bytes:
    """Send bytes, say that there are no more, and read what comes until the other end closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(65536):
            received += chunk
    return received
