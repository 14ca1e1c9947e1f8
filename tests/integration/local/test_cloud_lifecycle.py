"""The local cloud from its start to its end: nothing is left running, whatever happens in between."""

import asyncio
import json
import socket
import textwrap
from pathlib import Path

import httpx
import pytest

from cumulo.errors import CumuloError
from cumulo.local import cloud as local_cloud
from cumulo.synth import synthesize_project

from ._cloud import APP, browser, children, place, synthesizer, until, write_project

EXTRA_API = textwrap.dedent("""

    def app(stage):
        app = App("corner", stage)
        Shop(app)
        more = Stack(app, "more")
        health = Function(more, "other-health", handler="functions.health")
        HttpApi(more, "second").route("GET /health", health, authorizer=None)
        return app
    """)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "corner")


async def test_an_update_deploys_what_is_new_and_keeps_data_and_ports(project: Path) -> None:
    cloud = await local_cloud.start(synthesizer(project), place(project))
    try:
        urls = dict(cloud.urls)
        async with browser(cloud) as api:
            await api.put("/notes/1", content="milk")
            changed = APP.replace('"GET /health": "health"', '"GET /alive": "health"')
            (project / "app.py").write_text(changed + EXTRA_API)
            await cloud.update(synthesize_project(project, "dev"))
            assert cloud.urls["Api"] == urls["Api"]
            assert (await api.get("/alive")).text == "well"
            assert (await api.get("/health")).status_code == 404
            assert (await api.get("/notes/1")).text == "milk"
            assert (await api.get(cloud.urls["SecondApi"] + "/health")).text == "well"

            second = cloud.urls["SecondApi"]
            (project / "app.py").write_text(APP)
            await cloud.update(synthesize_project(project, "dev"))
            assert cloud.urls == urls
            assert (await api.get("/health")).text == "well"
            with pytest.raises(httpx.ConnectError):
                await api.get(f"{second}/health")
    finally:
        await cloud.stop()


async def test_stop_leaves_nothing_and_a_start_on_the_same_state_goes_on(project: Path, tmp_path: Path) -> None:
    others = children()
    kept = place(project, state=tmp_path / "state")
    cloud = await local_cloud.start(synthesizer(project), kept)
    url = cloud.urls["Api"]
    async with browser(cloud) as api:
        await api.put("/notes/1", content="milk")
    await cloud.drain("orders")
    assert children() - others
    await cloud.stop()
    assert children() <= others
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)

    cloud = await local_cloud.start(synthesizer(project), kept)
    found = await cloud.invoke("read", json.dumps({"pathParameters": {"id": "taken 1"}}).encode())
    await cloud.stop()
    assert found.payload == b'"yes"'
    assert children() <= others


@pytest.mark.parametrize("processes", [0, 1, 2], ids=["at once", "with one process", "with two processes"])
async def test_a_start_that_is_cancelled_leaves_nothing_running(project: Path, processes: int) -> None:
    others = children()
    starting = asyncio.create_task(local_cloud.start(synthesizer(project), place(project)))
    await asyncio.sleep(0)
    await until(lambda: len(children() - others) >= processes or starting.done())
    assert not starting.done()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await until(lambda: children() <= others)


async def test_a_start_that_fails_leaves_nothing_running(project: Path) -> None:
    others = children()
    (project / "app.py").write_text("def app(stage):\n    return 1 / 0\n")
    with pytest.raises(CumuloError, match="division by zero"):
        await local_cloud.start(synthesizer(project), place(project))
    await until(lambda: children() <= others)


async def test_a_port_in_use_is_named_and_nothing_is_left_running(project: Path) -> None:
    others = children()
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        port = occupant.getsockname()[1]
        for taken in ({"port": port}, {"services_port": port}):
            with pytest.raises(CumuloError) as refused:
                await local_cloud.start(synthesizer(project), place(project, **taken))
            assert str(port) in str(refused.value)
            await until(lambda: children() <= others)
