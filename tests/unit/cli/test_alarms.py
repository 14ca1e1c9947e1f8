"""`cumulo alarms` against a stage that runs here: the socket is real, what answers is the test."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cumulo.cli.alarms import command
from cumulo.errors import CumuloError
from cumulo.local.control import Control

STATES = {
    "shop-dev-errors": {"state": "OK", "reason": "Threshold Crossed: fine.", "changed": 1.0},
    "shop-dev-slow": {"state": "ALARM", "reason": "Threshold Crossed: 2 out of the last 3.", "changed": 2.0},
}


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The alarms of a stage `dev` that runs on a thread."""
    monkeypatch.delenv("CUMULO_STAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    folder = tmp_path / ".cumulo/local/dev"
    folder.mkdir(parents=True)
    states = dict(STATES)

    async def answer(request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert request == {"verb": "alarms"}
        return {"alarms": states}

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    control = Control(folder, answer, {"app": "shop"})
    asyncio.run_coroutine_threadsafe(control.start(), loop).result(30)
    yield states
    asyncio.run_coroutine_threadsafe(control.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_those_in_alarm_come_first_with_the_reason(states: dict[str, Any]) -> None:
    slow, errors = run().stdout.splitlines()
    assert slow.split()[:2] == ["slow", "ALARM"]
    assert slow.endswith("Threshold Crossed: 2 out of the last 3.")
    assert errors.split()[:2] == ["errors", "OK"]


def test_json_has_everything(states: dict[str, Any]) -> None:
    assert json.loads(run("--json").stdout) == STATES


def test_a_stage_without_alarms_says_so(states: dict[str, Any]) -> None:
    states.clear()
    result = run()
    assert result.stdout == ""
    assert result.stderr == "the stage 'dev' declares no alarms\n"
    assert json.loads(run("--json").stdout) == {}


def test_a_stage_that_does_not_run_is_an_error_with_a_hint(states: dict[str, Any]) -> None:
    with pytest.raises(CumuloError, match="does not run on this machine") as raised:
        run("--stage", "test")
    assert raised.value.hint == "start it with `cumulo dev --stage test`"
