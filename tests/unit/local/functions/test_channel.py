"""The socket between host and worker, from both of its ends."""

import asyncio
import json
import socket
import time

import pytest

from cumulo.local.emulator.launcher.clock import MovedTime
from cumulo.local.functions.channel import Channel, Event
from cumulo.local.functions.client import SocketClient
from cumulo.local.functions.outcomes import RESPONSE_LIMIT


class Heard:
    def __init__(self):
        self.ready = 0
        self.outcomes = []
        self.init_errors = []

    def on_ready(self):
        self.ready += 1

    def on_outcome(self, outcome):
        self.outcomes.append(outcome)

    def on_init_error(self, outcome):
        self.init_errors.append(outcome)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
async def ends(heard):
    """The host's end, and the worker's."""
    channel = Channel(heard)
    connection = socket.socket(fileno=await channel.open())
    connection.settimeout(10)
    yield channel, connection
    channel.close()
    connection.close()
    await asyncio.sleep(0)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def event(request_id="r1", payload=b'{"a": 1}', offset=0.0):
    return Event(request_id, payload, 1234, offset, "arn:aws:lambda:f", "Root=1;Parent=2;Sampled=0")


async def test_an_event_waits_until_it_is_asked_for(ends, heard):
    channel, connection = ends
    channel.send(event())
    assert channel.undelivered
    request = await asyncio.to_thread(SocketClient(connection, MovedTime()).wait_next_invocation)
    assert not channel.undelivered
    assert heard.ready == 1
    assert (request.invoke_id, request.event_body) == ("r1", b'{"a": 1}')
    assert request.deadline_time_in_ms == 1234
    assert request.invoked_function_arn == "arn:aws:lambda:f"
    assert request.x_amzn_trace_id == "Root=1;Parent=2;Sampled=0"


async def test_each_event_says_what_time_it_is_for_the_worker(ends):
    channel, connection = ends
    moved = MovedTime()
    client = SocketClient(connection, moved)
    ahead = []
    for offset in (0.0, 86_400.25, 2_592_000.0, 0.0):
        asking = asyncio.create_task(asyncio.to_thread(client.wait_next_invocation))
        real = time.time() - moved.offset
        channel.send(event(offset=offset))
        await asking
        ahead.append(time.time() - real)
        client.post_invocation_result("r1", "null")
    assert ahead == [pytest.approx(offset, abs=1) for offset in (0, 86_400, 2_592_000, 0)]


@pytest.mark.parametrize("size", [0, 1, 300_000])
async def test_events_and_answers_of_any_size_in_turn(ends, heard, size):
    channel, connection = ends
    client = SocketClient(connection, MovedTime())
    for number in range(3):
        asking = asyncio.create_task(asyncio.to_thread(client.wait_next_invocation))
        channel.send(event(f"r{number}", b"e" * size))
        assert (await asking).event_body == b"e" * size
        client.post_invocation_result(f"r{number}", "é" * (size // 2))
    asking = asyncio.create_task(asyncio.to_thread(client.wait_next_invocation))
    await until(lambda: len(heard.outcomes) == 3)
    assert {(outcome.status, outcome.payload) for outcome in heard.outcomes} == {("ok", ("é" * (size // 2)).encode())}
    assert heard.ready == 1
    channel.send(event())
    await asking


async def test_an_error_is_told_from_an_answer(ends, heard):
    channel, connection = ends
    client = SocketClient(connection, MovedTime())
    channel.send(event())
    await asyncio.to_thread(client.wait_next_invocation)
    client.post_invocation_error("r1", json.dumps({"errorType": "T", "errorMessage": "m"}), "{}")
    asking = asyncio.create_task(asyncio.to_thread(client.wait_next_invocation))
    await until(lambda: heard.outcomes)
    assert [(o.status, o.error_type, o.message) for o in heard.outcomes] == [("error", "T", "m")]
    channel.send(event())
    await asking


async def test_a_failed_init_phase_is_told_at_once(ends, heard):
    _, connection = ends
    SocketClient(connection, MovedTime()).post_init_error(
        {"errorType": "Runtime.ImportModuleError", "errorMessage": "no"}
    )
    await until(lambda: heard.init_errors)
    assert heard.init_errors[0].error_type == "Runtime.ImportModuleError"
    assert heard.ready == 0


async def test_an_answer_above_the_limit_is_not_read(ends, heard):
    channel, connection = ends
    connection.sendall(b"next - 0\n")
    channel.send(event())
    await until(lambda: heard.ready)
    connection.sendall(b"response r1 %d\nxxx" % (RESPONSE_LIMIT + 1))
    await until(lambda: heard.outcomes)
    assert heard.outcomes[0].error_type == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize(
    "said",
    [
        b"response other 2\n{}",
        b"else r1 2\n{}",
        b"response r1 -1\n",
        b"response r1 two\n",
        b"response r1\n",
        b"\xff\xfe \n",
        b"x" * 10_000,
        b"response r1 2\n{}response r1 2\n{}",
    ],
)
async def test_what_a_functions_code_writes_itself_ends_the_connection(ends, heard, said):
    channel, connection = ends
    connection.sendall(b"next - 0\n")
    channel.send(event())
    await until(lambda: heard.ready)
    connection.sendall(said)

    def end() -> bytes:
        while data := connection.recv(1000):
            pass
        return data

    assert await asyncio.to_thread(end) == b""
    assert len(heard.outcomes) <= 1
    assert not heard.init_errors


async def test_an_event_for_a_worker_that_has_ended_is_not_delivered(ends, heard):
    channel, connection = ends
    connection.sendall(b"next - 0\n")
    await until(lambda: heard.ready)
    connection.close()
    await asyncio.sleep(0.01)
    channel.send(event())
    assert channel.undelivered


async def test_an_event_that_was_not_read_is_not_delivered(ends, heard):
    channel, connection = ends
    connection.sendall(b"next - 0\n")
    await until(lambda: heard.ready)
    channel.send(event())
    assert not channel.undelivered
    connection.close()
    await until(lambda: channel.undelivered)


async def test_an_event_that_was_read_is_delivered(ends, heard):
    channel, connection = ends
    connection.sendall(b"next - 0\n")
    channel.send(event())
    assert await asyncio.to_thread(connection.recv, 1000)
    connection.close()
    await asyncio.sleep(0.01)
    assert not channel.undelivered
