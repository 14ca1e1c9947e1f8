"""How other commands reach a stage that runs here: a real socket, and what is wrong with it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cumulo.errors import CumuloError
from cumulo.local.control import LINE_LIMIT, RUN_FILE, Control, ask, hold, running


async def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
    if request.get("refuse"):
        raise CumuloError("no", where="here", hint="ask for something else")
    return {"got": request}


@pytest_asyncio.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    control = Control(tmp_path, answer, {"stage": "dev"})
    await control.start()
    yield control
    await control.stop()


async def asked(state: Path, request: Mapping[str, Any]) -> Mapping[str, Any]:
    about = running(state)
    assert about is not None
    return await asyncio.to_thread(ask, about, request)


async def test_a_request_is_answered(control: Control, tmp_path: Path) -> None:
    assert await asked(tmp_path, {"verb": "x"}) == {"got": {"verb": "x"}}
    large = {"payload": "x" * (8 * 1024 * 1024)}  # base64 of the largest event that Lambda takes, 6 MB
    assert await asked(tmp_path, large) == {"got": large}


async def test_an_error_arrives_as_it_was_raised(control: Control, tmp_path: Path) -> None:
    with pytest.raises(CumuloError) as raised:
        await asked(tmp_path, {"refuse": True})
    assert (raised.value.what, raised.value.where, raised.value.hint) == ("no", "here", "ask for something else")


async def test_the_run_file_says_what_it_is_told(control: Control, tmp_path: Path) -> None:
    about = running(tmp_path)
    assert about is not None
    assert (about["stage"], about["pid"]) == ("dev", os.getpid())
    control.tell({"stage": "dev", "urls": {"Api": "http://127.0.0.1:1"}})
    again = running(tmp_path)
    assert again is not None
    assert (again["urls"], again["socket"]) == ({"Api": "http://127.0.0.1:1"}, about["socket"])
    assert [file.name for file in tmp_path.iterdir()] == [RUN_FILE]


async def test_only_its_owner_may_open_the_socket(control: Control, tmp_path: Path) -> None:
    about = running(tmp_path)
    assert about is not None
    path = Path(about["socket"])
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_the_projects_folder_may_have_a_long_path(tmp_path: Path) -> None:
    """A socket's path has at most 108 bytes on Linux: https://man7.org/linux/man-pages/man7/unix.7.html."""
    state = tmp_path / ("x" * 120)
    state.mkdir()
    control = Control(state, answer, {})
    await control.start()
    assert await asked(state, {}) == {"got": {}}
    await control.stop()


@pytest.mark.parametrize("line", [b"not json\n", b"\xff\xfe\n", b"\n", b"", b"x" * 100])
async def test_nonsense_is_not_answered_and_does_no_harm(control: Control, tmp_path: Path, line: bytes) -> None:
    about = running(tmp_path)
    assert about is not None
    reader, writer = await asyncio.open_unix_connection(about["socket"])
    writer.write(line)
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert await asked(tmp_path, {}) == {"got": {}}


async def test_a_request_without_end_is_not_kept_in_memory(control: Control, tmp_path: Path) -> None:
    about = running(tmp_path)
    assert about is not None
    with pytest.raises(CumuloError, match="running stage"):
        await asyncio.to_thread(ask, about, {"payload": "x" * (LINE_LIMIT + 1)})
    assert await asked(tmp_path, {}) == {"got": {}}


async def test_after_stop_nothing_is_left(tmp_path: Path) -> None:
    control = Control(tmp_path, answer, {})
    await control.start()
    about = running(tmp_path)
    assert about is not None
    await control.stop()
    assert running(tmp_path) is None
    assert not Path(about["socket"]).parent.exists()
    with pytest.raises(CumuloError) as raised:
        ask(about, {})
    assert raised.value.what.startswith("the running stage does not answer")
    assert raised.value.hint == "start `cumulo dev` again"


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.mark.parametrize(
    "text",
    [
        lambda: "",
        lambda: "{",
        lambda: "{}",
        lambda: json.dumps({"pid": ended_process()}),
        lambda: json.dumps({"pid": os.getpid(), "socket": "/nonexistent/control"}),
    ],
    ids=["empty", "cut short", "without pid", "of a process that was killed", "of a pid that is another's now"],
)
def test_a_run_file_of_nothing_that_runs(tmp_path: Path, text: Callable[[], str]) -> None:
    assert running(tmp_path) is None
    (tmp_path / RUN_FILE).write_text(text())
    assert running(tmp_path) is None


def test_a_stage_that_accepts_and_never_answers(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(CumuloError, match="does not answer: timed out"):
            ask({"socket": str(path)}, {}, timeout=0.01)


async def test_a_stage_that_runs_is_held_once(control: Control, tmp_path: Path) -> None:
    said: list[str] = []
    with (
        hold(tmp_path, said.append),
        pytest.raises(CumuloError, match=f"the stage runs already, as process {os.getpid()}"),
    ):
        hold(tmp_path, said.append)
    assert said == []


def test_a_process_that_is_ending_is_waited_for(tmp_path: Path) -> None:
    first = hold(tmp_path, print)
    said: list[str] = []

    def end_it(line: str) -> None:
        said.append(line)
        first.close()

    hold(tmp_path, end_it).close()
    assert said == [f"process {os.getpid()} runs the stage and is starting or ending: waiting for it ..."]


def test_a_process_that_neither_runs_nor_ends_is_named(tmp_path: Path) -> None:
    with hold(tmp_path, print), pytest.raises(CumuloError, match="runs already"):
        hold(tmp_path, lambda _: None, patience=0.1)
