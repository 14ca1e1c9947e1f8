import json
import os
import pty
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cumulo.cli.main import main
from cumulo.delivery.session import Target
from cumulo.delivery.stacks import all_deployed

APP = """
from cumulo import App, Queue, Stack, Stage, Table


class Data(Stack):
    def __init__(self, app):
        super().__init__(app, "data")
        self.table = Table(self, "table", partition_key="PK")
        self.queue = Queue(self, "jobs")


def app(stage: Stage) -> App:
    app = App("shop", stage)
    Data(app)
    return app
"""
WITHOUT_QUEUE = APP.replace('        self.queue = Queue(self, "jobs")\n', "")

Cumulo = Callable[..., int]


@pytest.fixture
def project(tmp_path: Path, aws: str) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.cumulo]\n")
    (folder / "app.py").write_text(APP)
    return folder


@pytest.fixture
def cumulo(project: Path, monkeypatch: pytest.MonkeyPatch) -> Cumulo:
    """Runs the command line in the project; returns its exit code."""
    monkeypatch.chdir(project)
    monkeypatch.delenv("CUMULO_STAGE", raising=False)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["cumulo", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0)

    return run


def test_deploy_diff_outputs_and_remove(cumulo: Cumulo, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cumulo("diff", "--exit-code") == 3
    assert "shop-dev-data: new" in capsys.readouterr().out

    assert cumulo("deploy", "--no-check", "--json") == 0
    shown = capsys.readouterr()
    done = json.loads(shown.out)
    assert done["stacks"][0]["name"] == "shop-dev-data"
    assert done["stacks"][0]["action"] == "create"
    assert "shop-dev-data: create" in shown.err
    assert "CREATE_COMPLETE" in shown.err

    assert cumulo("deploy", "--no-check") == 0
    assert "nothing has changed" in capsys.readouterr().err
    assert cumulo("diff", "--exit-code") == 0
    assert capsys.readouterr().out == ""
    assert cumulo("outputs", "--json") == 0
    assert "data" in json.loads(capsys.readouterr().out)

    assert cumulo("remove", "--yes") == 0
    assert "removed shop dev" in capsys.readouterr().err
    assert cumulo("remove", "--yes") == 0
    assert "nothing of shop dev is deployed" in capsys.readouterr().err


def test_loss_of_data_needs_yes(cumulo: Cumulo, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cumulo("deploy", "--no-check") == 0
    (project / "app.py").write_text(WITHOUT_QUEUE)
    capsys.readouterr()

    assert cumulo("deploy", "--no-check") == 1
    shown = capsys.readouterr().err
    assert "DATA LOSS" in shown
    assert "the plan loses the data of" in shown
    assert "use --yes" in shown
    assert cumulo("diff", "--exit-code") == 3
    assert cumulo("deploy", "--no-check", "--yes") == 0


def test_remove_needs_yes_without_a_terminal(cumulo: Cumulo, capsys: pytest.CaptureFixture[str]) -> None:
    assert cumulo("deploy", "--no-check") == 0
    assert cumulo("remove") == 1
    assert "deleting the stage 'dev' needs to be confirmed" in capsys.readouterr().err
    assert cumulo("outputs") == 0


def test_outputs_of_a_stage_that_runs_here(cumulo: Cumulo, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = project / ".cumulo" / "local" / "dev" / "run.json"
    run.parent.mkdir(parents=True)
    # A socket's path is short, a test's folder may not be.
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{folder}/control")
        listening.listen()
        outputs = {"api": {"Url": "http://127.0.0.1:3000"}}
        run.write_text(json.dumps({"pid": os.getpid(), "socket": f"{folder}/control", "outputs": outputs}))
        assert cumulo("outputs") == 0
    assert capsys.readouterr().out == "api\n  Url  http://127.0.0.1:3000\n"
    assert cumulo("outputs", "--remote") == 1
    assert "nothing of 'shop' is deployed" in capsys.readouterr().err


def at_a_terminal(folder: Path, *arguments: str, answer: str) -> tuple[int, str]:
    """Run the command at a terminal, answer its one question; return its exit code and what the terminal showed."""
    main_end, command_end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", "from cumulo.cli.main import main; main()", *arguments],
        stdin=command_end,
        stderr=command_end,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "TERM": "xterm"},
    ) as process:
        os.close(command_end)
        shown, answered = "", False
        while part := read_terminal(main_end):
            shown += part
            if not answered and shown.rstrip().endswith(":"):
                os.write(main_end, f"{answer}\n".encode())
                answered = True
    os.close(main_end)
    return process.returncode, shown


def read_terminal(end: int) -> str:
    try:
        return os.read(end, 4096).decode(errors="replace")
    except OSError:  # Linux says EIO when the other end was closed.
        return ""


def test_at_a_terminal_the_plan_is_asked_for_once(project: Path) -> None:
    code, shown = at_a_terminal(project, "deploy", "--no-check", answer="n")
    assert code == 1
    assert shown.count("Deploy? [y/N]:") == 1
    assert "the plan was not confirmed" in shown

    code, shown = at_a_terminal(project, "deploy", "--no-check", answer="y")
    assert code == 0
    assert shown.count("Deploy? [y/N]:") == 1
    assert "deployed" in shown


def test_at_a_terminal_remove_wants_the_stages_name(project: Path) -> None:
    assert at_a_terminal(project, "deploy", "--no-check", answer="y")[0] == 0
    code, shown = at_a_terminal(project, "remove", answer="prod")
    assert code == 1
    assert "not confirmed, so nothing is deleted" in shown
    assert "This loses the data of" in shown
    assert at_a_terminal(project, "remove", answer="dev")[0] == 0


def test_what_the_guidelines_call_an_error_is_not_deployed(
    cumulo: Cumulo, project: Path, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "app.py").write_text(APP.replace('"jobs")', '"jobs", override={"DelaySeconds": "often"})'))
    assert cumulo("deploy", "--yes") == 1
    shown = capsys.readouterr().err
    assert "E3012 shop-dev-data" in shown
    assert "the guidelines find 1 error, so it is not deployed" in shown
    assert all_deployed(target) == {}
