"""`cumulo mail` against a stage that runs here: the socket is real, what answers is the test."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cumulo.cli.mail import command
from cumulo.errors import CumuloError
from cumulo.local.control import Control

MAILS = [
    {"id": "1", "time": 0.0, "sender": "us@x.de", "to": ["ann@x.de"], "subject": "Code", "text": "123456", "html": ""},
    {"id": "2", "time": 1.0, "sender": "us@x.de", "to": ["bob@x.de"], "subject": "A\x1b[2J", "text": "", "html": "<p>"},
]


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """The e-mails of a stage that runs on a thread."""
    monkeypatch.delenv("CUMULO_STAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    state = tmp_path / ".cumulo/local/dev"
    state.mkdir(parents=True)
    sent = list(MAILS)

    async def answer(request: Any) -> Any:
        assert request == {"verb": "mail"}
        return {"mail": sent}

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    control = Control(state, answer, {})
    asyncio.run_coroutine_threadsafe(control.start(), loop).result(30)
    yield sent
    asyncio.run_coroutine_threadsafe(control.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


@pytest.fixture
def mail() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(command, arguments, catch_exceptions=True)


def test_e_mails_are_listed_with_numbers(mails, mail) -> None:
    first, second = mail().stdout.splitlines()
    assert first.split()[0] == "1"
    assert first.endswith("ann@x.de  Code")
    assert second.endswith("bob@x.de  A\\x1b[2J")  # it does not steer the terminal


def test_one_is_shown_whole(mails, mail) -> None:
    lines = mail("1").stdout.splitlines()
    assert lines[:3] == ["From: us@x.de", "To: ann@x.de", "Subject: Code"]
    assert lines[5] == "123456"
    assert "<p>" in mail("2").stdout


def test_the_last_one_to_someone(mails, mail) -> None:
    assert "123456" in mail("--to", "ANN@", "--last").stdout
    assert "<p>" in mail("--last").stdout


def test_json_has_everything(mails, mail) -> None:
    assert [found["number"] for found in json.loads(mail("--json").stdout)] == [1, 2]
    assert json.loads(mail("--json", "--to", "bob").stdout)[0]["number"] == 2
    assert json.loads(mail("1", "--json").stdout)["text"] == "123456"


def test_none_is_said(mails, mail) -> None:
    mails.clear()
    done = mail()
    assert (done.stdout, done.stderr) == ("", "no e-mail was sent\n")
    assert json.loads(mail("--json").stdout) == []


@pytest.mark.parametrize("arguments", [("3",), ("--last", "--to", "eve")])
def test_one_that_is_not_there_is_an_error(mails, mail, arguments) -> None:
    assert isinstance(mail(*arguments).exception, CumuloError)


def test_a_stage_that_does_not_run_is_an_error_with_a_hint(tmp_path, monkeypatch, mail) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    problem = mail().exception
    assert isinstance(problem, CumuloError)
    assert "cumulo dev" in str(problem)
