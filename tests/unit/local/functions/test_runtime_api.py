"""The Runtime API as a runtime sees it."""

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import sys

import pytest

from cumulo.local.functions.runtime_api import Event, RuntimeApi

ROOT = "/2018-06-01/runtime"


class Heard:
    pid = os.getpid()

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


class Runtime:
    """A runtime with one connection."""

    def __init__(self, api):
        self.connection = http.client.HTTPConnection(api.address, timeout=10)

    async def ask(self, method, path, body=None, headers=None):
        def ask():
            self.connection.request(method, ROOT + path, body, headers or {})
            response = self.connection.getresponse()
            return response.status, response.headers, response.read()

        return await asyncio.to_thread(ask)


@pytest.fixture
async def heard():
    return Heard()


@pytest.fixture
async def api(heard):
    api = RuntimeApi(heard)
    await api.start()
    yield api
    api.close()


@pytest.fixture
async def runtime(api):
    runtime = Runtime(api)
    yield runtime
    runtime.connection.close()


def event(request_id="r1"):
    return Event(request_id, b'{"a": 1}', 1234, "arn:f", "Root=1")


async def test_next_invocation(api, runtime, heard):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next"""
    api.send(event())
    status, headers, body = await runtime.ask("GET", "/invocation/next")
    assert (status, body) == (200, b'{"a": 1}')
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "r1"
    assert headers["Lambda-Runtime-Deadline-Ms"] == "1234"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn:f"
    assert headers["Lambda-Runtime-Trace-Id"] == "Root=1"
    assert heard.ready == 1


async def test_next_waits_for_an_event(api, runtime, heard):
    asking = asyncio.create_task(runtime.ask("GET", "/invocation/next"))
    while not heard.ready:
        await asyncio.sleep(0.001)
    assert not api.undelivered
    api.send(event())
    assert (await asking)[0] == 200


@pytest.mark.parametrize(("verb", "status"), [("response", "ok"), ("error", "error")])
async def test_invocation_response_and_error(api, runtime, heard, verb, status):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-response"""
    api.send(event())
    await runtime.ask("GET", "/invocation/next")
    assert (await runtime.ask("POST", f"/invocation/r1/{verb}", b"{}"))[0] == 202
    assert [(outcome.status, outcome.payload) for outcome in heard.outcomes] == [(status, b"{}")]
    assert (await runtime.ask("POST", f"/invocation/r1/{verb}", b"{}"))[0] == 400  # once only


async def test_initialization_error(runtime, heard):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror"""
    assert (await runtime.ask("POST", "/init/error", b'{"errorType": "T"}'))[0] == 202
    assert heard.init_errors[0].error_type == "T"


@pytest.mark.parametrize("path", ["/invocation/other/response", "/invocation/r1/else", "/invocation/"])
async def test_what_is_no_answer_to_the_event(api, runtime, heard, path):
    api.send(event())
    await runtime.ask("GET", "/invocation/next")
    assert (await runtime.ask("POST", path, b"{}"))[0] == 400
    assert (await runtime.ask("GET", "/elsewhere"))[0] == 404
    assert heard.outcomes == []


async def test_pages_in_a_browser_are_refused(api, runtime, heard):
    api.send(event())
    for header in ("Origin", "Sec-Fetch-Site"):
        assert (await runtime.ask("GET", "/invocation/next", headers={header: "x"}))[0] == 403
    assert heard.ready == 0
    assert api.undelivered


async def test_what_is_no_http_is_dropped(api):
    host, port = api.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"\x16\x03\x01 no http\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()


FOREIGN = """
import http.client, json, sys
answers = []
for method, path in json.loads(sys.argv[2]):
    connection = http.client.HTTPConnection(sys.argv[1], timeout=10)
    connection.request(method, "/2018-06-01/runtime" + path, b"{}" if method == "POST" else None)
    answers.append(connection.getresponse().status)
print(answers)
"""


async def test_other_processes_are_refused_and_change_nothing(api, runtime, heard):
    requests = [("GET", "/invocation/next"), ("POST", "/invocation/r1/response"), ("POST", "/init/error")]

    async def intrude():
        command = [sys.executable, "-c", FOREIGN, api.address, json.dumps(requests)]
        return json.loads(await asyncio.to_thread(subprocess.check_output, command))

    asking = asyncio.create_task(runtime.ask("GET", "/invocation/next"))
    while not heard.ready:
        await asyncio.sleep(0.001)
    assert await intrude() == [403, 403, 403]  # while the runtime waits
    api.send(event())
    assert (await asking)[2] == b'{"a": 1}'
    assert await intrude() == [403, 403, 403]  # while it runs the event
    assert (heard.ready, heard.outcomes, heard.init_errors) == (1, [], [])
    assert (await runtime.ask("POST", "/invocation/r1/response", b"1"))[0] == 202
    assert [outcome.payload for outcome in heard.outcomes] == [b"1"]


async def test_a_second_next_is_refused_while_one_waits(api, runtime, heard):
    asking = asyncio.create_task(runtime.ask("GET", "/invocation/next"))
    while not heard.ready:
        await asyncio.sleep(0.001)
    second = Runtime(api)
    assert (await second.ask("GET", "/invocation/next"))[0] == 403
    second.connection.close()
    api.send(event())
    assert (await asking)[0] == 200
