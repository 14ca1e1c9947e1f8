"""The socket between the emulator's process and ours: both ends, in one process."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from cumulo.local.emulator.calls import Calls
from cumulo.local.emulator.launcher.attaching import attach
from cumulo.local.emulator.launcher.parent import Parent, ParentGoneError


@pytest.fixture
def ends() -> Iterator[tuple[Parent, Calls]]:
    ours, theirs = socket.socketpair()
    yield Parent(theirs), Calls(ours)
    theirs.close()
    ours.close()


async def test_requests_are_answered_each_by_its_own_answer(ends) -> None:
    parent, calls = ends
    last = asyncio.Event()

    async def answer(what, request):
        if request["function"] == "slow":
            await last.wait()
        last.set()
        return {"payload": [what, request["function"]]}

    calls.serve(answer, lambda *_: None)
    slow = asyncio.create_task(asyncio.to_thread(parent.ask, "invoke", {"function": "slow"}))
    quick = await asyncio.to_thread(parent.ask, "invoke", {"function": "quick"})
    assert (quick["payload"], (await slow)["payload"]) == (["invoke", "quick"], ["invoke", "slow"])
    await calls.stop()


async def test_what_was_told_before_is_heard(ends) -> None:
    parent, calls = ends
    parent.tell("mail", {"to": ["ann@example.com"]})
    heard = asyncio.get_running_loop().create_future()
    calls.serve(lambda *_: asyncio.sleep(0, {}), lambda kind, facts: heard.set_result((kind, facts["to"])))
    assert await asyncio.wait_for(heard, 20) == ("mail", ["ann@example.com"])
    await calls.stop()


async def test_large_events_pass(ends) -> None:
    parent, calls = ends
    text = "x" * 6 * 1024 * 1024

    async def answer(_what, request):
        return {"payload": request["event"]}

    calls.serve(answer, lambda *_: None)
    assert (await asyncio.to_thread(parent.ask, "invoke", {"event": text}))["payload"] == text
    await calls.stop()


async def test_who_waits_is_told_when_the_parent_goes(ends) -> None:
    parent, calls = ends
    asked = asyncio.Event()

    async def answer(*_):
        asked.set()
        await asyncio.Event().wait()

    calls.serve(answer, lambda *_: None)
    waiting = asyncio.create_task(asyncio.to_thread(parent.ask, "invoke", {}))
    await asked.wait()
    await calls.stop()
    with pytest.raises(ParentGoneError):
        await waiting
    with pytest.raises(ParentGoneError):
        await asyncio.to_thread(parent.ask, "invoke", {})


def test_what_is_fitted_to_a_service_waits_until_it_is_used() -> None:
    class Emulator:
        @staticmethod
        def _get_module(name):
            return f"module {name}"

    fitted = []
    attach(Emulator, {"cognito": fitted.append})
    assert Emulator._get_module("ses") == "module ses"
    assert fitted == []
    Emulator._get_module("cognito")
    Emulator._get_module("cognito")
    assert fitted == ["module cognito"]
