"""`cumulo invoke` against a stage that runs here: the socket is real, what answers is the test."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cumulo.cli.invoke import command
from cumulo.errors import CumuloError, UsageError
from cumulo.local.control import Control


@dataclass
class Stage:
    """Answers what it is told to, and remembers what it was asked."""

    payload: bytes = b"null"
    error: str | None = None
    refusal: CumuloError | None = None
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    async def answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(request)
        if self.refusal:
            raise self.refusal
        payload = base64.b64encode(self.payload).decode()
        return {"payload": payload, "functionError": self.error, "requestId": "r-1"}

    @property
    def event(self) -> bytes:
        return base64.b64decode(self.asked[-1]["payload"])


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A stage `dev` that runs on a thread."""
    monkeypatch.delenv("CUMULO_STAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    state = tmp_path / ".cumulo/local/dev"
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


def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(command, [*arguments], input=stdin)


def test_the_answer_is_data(stage: Stage) -> None:
    stage.payload = '{"name": "käse"}'.encode()
    done = invoke("read", '{"id": 1}')
    assert (done.exit_code, done.stdout, done.stderr) == (0, '{\n  "name": "käse"\n}\n', "")
    assert stage.asked == [{"verb": "invoke", "function": "read", "payload": base64.b64encode(b'{"id": 1}').decode()}]


def test_the_answer_does_not_steer_the_terminal_and_is_still_json(stage: Stage) -> None:
    stage.payload = json.dumps({"name": "\x1b[31m\r\x9b31m\x7f"}, ensure_ascii=False).encode()
    done = invoke("read")
    assert json.loads(done.stdout) == {"name": "\x1b[31m\r\x9b31m\x7f"}
    assert done.stdout.replace("\n", "").isprintable()


def test_an_event_may_be_text_a_file_standard_input_or_nothing(stage: Stage, tmp_path: Path) -> None:
    event = '{"name": "käse"}'.encode()
    (tmp_path / "event.json").write_bytes(event)
    for arguments, stdin in ((["f", event.decode()], None), (["f", "@event.json"], None), (["f", "-"], event)):
        assert invoke(*arguments, stdin=stdin).exit_code == 0
        assert stage.event == event
    assert invoke("f").exit_code == 0
    assert stage.event == b"{}"
    for text in ("null", "1", '"text"', "[]"):
        invoke("f", text)
        assert stage.event == text.encode()


@pytest.mark.parametrize(
    ("event", "stdin", "said"),
    [
        ("{", None, "the event is not JSON"),
        ("id=1", None, "the event is not JSON"),
        ("-", b"", "the event is not JSON"),
        ("-", b"\xff\xfe", "the event is not JSON"),
        ("@none.json", None, "the event can't be read: No such file or directory"),
        ("@.", None, "the event can't be read: Is a directory"),
        ("@", None, "the event can't be read"),
    ],
)
def test_an_event_that_is_none_is_wrong_usage(stage: Stage, event: str, stdin: bytes | None, said: str) -> None:
    refused = invoke("f", event, stdin=stdin)
    assert isinstance(refused.exception, UsageError)
    assert said in refused.exception.what
    assert stage.asked == []


def test_a_function_that_fails_exits_with_1_and_its_error_is_data(stage: Stage) -> None:
    stage.payload, stage.error = b'{"errorMessage": "no", "errorType": "ValueError"}', "Unhandled"
    failed = invoke("f")
    assert failed.exit_code == 1
    assert json.loads(failed.stdout)["errorType"] == "ValueError"
    assert failed.stderr == "the function failed: Unhandled (request r-1)\n"


def test_what_the_stage_refuses_is_told(stage: Stage) -> None:
    stage.refusal = CumuloError("there is no function 'f'", hint="there are: g")
    refused = invoke("f").exception
    assert isinstance(refused, CumuloError)
    assert str(refused) == "there is no function 'f'\nhint: there are: g"


def test_an_answer_that_is_not_json_is_told(stage: Stage) -> None:
    stage.payload = b"<html>"
    refused = invoke("f").exception
    assert isinstance(refused, CumuloError)
    assert "the function's answer is not JSON" in refused.what


def test_another_stage_is_not_the_one_that_runs_here(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the deployed one, and so is any with --remote; here there is nothing to ask."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for arguments in (["f", "--stage", "test"], ["f", "--remote"]):
        assert isinstance(invoke(*arguments).exception, CumuloError)
    assert stage.asked == []
