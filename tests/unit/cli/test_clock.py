"""`cumulo clock` against a stage that runs here: the socket is real, what answers is the test."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cumulo.cli.clock import command, seconds_of
from cumulo.errors import CumuloError, UsageError
from cumulo.local.control import Control

NOW = 1_798_099_200.0  # 2026-12-24T09:00+01:00


@dataclass
class Stage:
    """Answers what it is told to, and remembers what it was asked."""

    answers: Mapping[str, Any] = field(default_factory=lambda: {"now": NOW, "offset": 0.0})
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    async def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(request)
        return self.answers


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CUMULO_STAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    return tmp_path


@pytest.fixture
def stage(project: Path) -> Iterator[Stage]:
    """A stage `dev` that runs on a thread."""
    state = project / ".cumulo/local/dev"
    state.mkdir(parents=True)
    stage = Stage()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    control = Control(state, stage.answer, {})
    asyncio.run_coroutine_threadsafe(control.start(), loop).result(30)
    yield stage
    asyncio.run_coroutine_threadsafe(control.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


def clock(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_it_shows_both_times(stage: Stage) -> None:
    local = datetime.fromtimestamp(NOW, UTC).astimezone()
    stage.answers = {"now": NOW, "offset": 86_400.0}
    here, real = clock().stdout.splitlines()
    assert here == f"here  {local:%Y-%m-%d %H:%M:%S %z}, 1 day, 0:00:00 ahead of real time"
    assert real.startswith(f"real  {datetime.fromtimestamp(NOW - 86_400):%Y-%m-%d %H:%M:%S}")
    stage.answers = {"now": NOW, "offset": 0.0}
    assert clock().stdout.splitlines()[0].endswith("not moved")
    assert stage.asked == [{"verb": "clock"}] * 2


@pytest.mark.parametrize(
    ("span", "seconds"),
    [("90m", 5_400), ("12h", 43_200), ("30d", 2_592_000), ("1d12h", 129_600), ("2w", 1_209_600), ("45s", 45)],
)
def test_it_advances_by_a_span(stage: Stage, span: str, seconds: int) -> None:
    stage.answers = {"now": NOW, "offset": 0.5, "happened": [], "more": 0}
    assert clock("advance", span).exit_code == 0
    assert stage.asked == [{"verb": "advance", "seconds": seconds}]


def test_it_advances_to_a_time(stage: Stage) -> None:
    stage.answers = {"now": NOW, "offset": 0.5, "happened": [], "more": 0}
    assert clock("advance", "--to", "2026-12-24T09:00+01:00").exit_code == 0
    assert stage.asked == [{"verb": "advance", "to": NOW}]


def test_it_tells_what_happened_on_the_way(stage: Stage) -> None:
    stage.answers = {
        "now": NOW,
        "offset": 86_400.0,
        "happened": [[NOW - 60, "alarm", "items-dev-errors", "OK -> ALARM: too many\nsecond line"]],
        "more": 7,
    }
    done = clock("advance", "1d")
    stamp = f"{datetime.fromtimestamp(NOW - 60):%Y-%m-%d %H:%M:%S}"
    assert done.stdout.splitlines() == [f"{stamp}  alarm    items-dev-errors  OK -> ALARM: too many", "... and 7 more"]
    assert "1 day, 0:00:00 ahead of real time" in done.stderr
    assert json.loads(clock("advance", "1d", "--json").stdout)["more"] == 7


@pytest.mark.parametrize("span", ["-5d", "5", "d", "5y", "1d 12h", "five days", "", "1.5h", "--5d"])
def test_nonsense_is_refused_with_a_hint(stage: Stage, span: str) -> None:
    refused = clock("advance", span).exception
    assert isinstance(refused, UsageError)
    assert refused.hint
    assert stage.asked == []


@pytest.mark.parametrize("arguments", [["advance"], ["advance", "1d", "--to", "2027-01-01"], ["--to", "2027-01-01"]])
def test_it_has_to_be_said_how_far_or_to_when(stage: Stage, arguments: list[str]) -> None:
    refused = clock(*arguments).exception
    assert isinstance(refused, UsageError)
    assert "cumulo clock advance 30d" in str(refused.hint)


def test_a_time_that_is_none_is_refused(stage: Stage) -> None:
    refused = clock("advance", "--to", "tomorrow").exception
    assert isinstance(refused, UsageError)
    assert (refused.what, refused.where) == ("'tomorrow' is no time", "--to")


def test_a_stage_that_does_not_run_is_told(project: Path) -> None:
    refused = clock("--stage", "test").exception
    assert isinstance(refused, CumuloError)
    assert str(refused) == (
        "stage 'test': the stage does not run on this machine\nhint: start it with `cumulo dev --stage test`"
    )


def test_a_long_span_is_a_number_that_the_clock_judges() -> None:
    assert seconds_of("1000000d") == 86_400_000_000
