"""The local cloud as a whole: a small system that is started, used, changed, reset and stopped."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio

from cumulo.errors import CumuloError
from cumulo.local import cloud as local_cloud
from cumulo.local.cloud import Cloud
from cumulo.synth import synthesize_project

from ._aws import client
from ._cloud import ACCOUNT, APP, FUNCTIONS, browser, children, place, synthesizer, until, write_project

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    project = write_project(tmp_path_factory.mktemp("shared") / "corner")
    cloud = await local_cloud.start(synthesizer(project), place(project))
    await cloud.remember()
    yield cloud
    await cloud.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def cloud(running: Cloud) -> Cloud:
    """The shared system, as new."""
    await running.reset()
    return running


@pytest_asyncio.fixture(loop_scope="module")
async def api(cloud: Cloud) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(cloud) as api:
        yield api


@pytest.fixture
def sqs(running: Cloud) -> Iterator[Any]:
    with closing(client("sqs", running.emulator, running.emulator.root_credentials(ACCOUNT))) as sqs:
        yield sqs


async def test_it_answers_and_says_where(cloud: Cloud, api: httpx.AsyncClient) -> None:
    assert (await api.get("/health")).text == "well"
    assert cloud.outputs["shop"]["ApiUrl"] == cloud.urls["Api"]
    assert (await cloud.invoke("health", b"{}")).payload == b'"well"'
    assert cloud.assembly.app == "corner"


@pytest.mark.parametrize("name", ["health", "corner-dev-health", "HealthFunction"])
async def test_a_function_has_three_names(cloud: Cloud, name: str) -> None:
    assert cloud.function_name(name) == "corner-dev-health"


async def test_an_unknown_name_is_told_with_those_that_there_are(cloud: Cloud) -> None:
    with pytest.raises(CumuloError) as unknown:
        await cloud.invoke("helth", b"{}")
    assert unknown.value.hint == "there are: health, read, take, worker, write"
    with pytest.raises(CumuloError) as unknown:
        await cloud.drain("oders")
    assert unknown.value.hint == "there are: orders, orders-dead-letters"


async def test_drain_waits_for_what_the_messages_do(cloud: Cloud, api: httpx.AsyncClient) -> None:
    for key in ("1", "2", "3"):
        assert (await api.put(f"/notes/{key}", content="milk")).status_code == 200
    await cloud.drain("orders")
    assert [(await api.get(f"/notes/taken {key}")).text for key in ("1", "2", "3")] == ["yes"] * 3
    assert await cloud.messages("orders") == []


async def test_a_message_that_always_fails_is_a_dead_letter_and_others_are_not(
    cloud: Cloud, api: httpx.AsyncClient, sqs: Any
) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html."""
    for body in ("bad", "good"):
        await asyncio.to_thread(sqs.send_message, QueueUrl=cloud.queue_url("orders"), MessageBody=body)
    await cloud.drain("orders")
    for _ in range(2):  # to look does not take it away
        assert [message["Body"] for message in await cloud.messages("orders-dead-letters")] == ["bad"]
    assert (await api.get("/notes/taken good")).text == "yes"
    assert any("a bad one" in entry.text for entry in cloud.journal.entries(subject="corner-dev-take"))


async def test_reset_forgets_data_and_messages_and_credentials_stay_good(
    cloud: Cloud, api: httpx.AsyncClient, sqs: Any
) -> None:
    await api.put("/notes/1", content="milk")
    await cloud.drain("orders")
    dead = cloud.queue_url("orders-dead-letters")
    await asyncio.to_thread(sqs.send_message, QueueUrl=dead, MessageBody="x")
    await cloud.reset()
    assert (await api.get("/notes/1")).status_code == 404
    assert await cloud.messages("orders-dead-letters") == []
    assert (await api.put("/notes/1", content="bread")).status_code == 200
    assert (await api.get("/notes/1")).text == "bread"


async def test_reload_runs_the_code_that_is_on_disk(cloud: Cloud, api: httpx.AsyncClient) -> None:
    functions = cloud.assembly.project / "functions.py"
    functions.write_text(FUNCTIONS.replace('"well"', '"better"'))
    await cloud.reload({functions})
    assert (await api.get("/health")).text == "better"
    functions.write_text(FUNCTIONS)
    await cloud.reload({functions})
    assert (await api.get("/health")).text == "well"


async def test_an_update_that_fails_leaves_what_ran(cloud: Cloud, api: httpx.AsyncClient) -> None:
    """A message can't be hidden for longer than 12 hours."""
    app = cloud.assembly.project / "app.py"
    app.write_text(APP.replace("tries=2,", 'tries=2, override={"VisibilityTimeout": 43201},'))
    before = cloud.assembly
    with pytest.raises(CumuloError, match="OrdersQueue"):
        await cloud.update(synthesize_project(cloud.assembly.project, "dev"))
    app.write_text(APP)
    assert cloud.assembly is before
    assert (await api.get("/health")).text == "well"
    assert (await api.put("/notes/1", content="milk")).status_code == 200
    await cloud.update(synthesize_project(cloud.assembly.project, "dev"))
    assert (await api.get("/notes/1")).text == "milk"


async def test_a_worker_that_is_killed_is_replaced(cloud: Cloud, api: httpx.AsyncClient) -> None:
    before = children()
    pid = int((await cloud.invoke("worker", b"{}")).payload)
    assert psutil.Process(pid) in before | children()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(pid))
    assert int((await cloud.invoke("worker", b"{}")).payload) != pid
    assert (await api.get("/health")).text == "well"
