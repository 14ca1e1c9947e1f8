import json
import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from cumulo.cli.outputs import command


def test_a_stage_that_runs_here_needs_no_credentials(project: Path) -> None:
    state = project / ".cumulo" / "local" / "dev"
    state.mkdir(parents=True)
    # A socket's path is short, a test's folder may not be.
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{folder}/control")
        listening.listen()
        about = {"pid": os.getpid(), "socket": f"{folder}/control", "outputs": {"api": {"Url": "http://127.0.0.1:1"}}}
        (state / "run.json").write_text(json.dumps(about))
        result = CliRunner().invoke(command, ["-C", str(project), "--json"])
    assert result.exception is None
    assert result.stdout == '{\n  "api": {\n    "Url": "http://127.0.0.1:1"\n  }\n}\n'


def test_a_stage_whose_process_was_killed_does_not_run_here(project: Path) -> None:
    state = project / ".cumulo" / "local" / "dev"
    state.mkdir(parents=True)
    (state / "run.json").write_text('{"pid": 4194305, "outputs": {}}')
    result = CliRunner().invoke(command, ["-C", str(project), "--region", "eu-central-1"])
    assert "no AWS credentials were found" in str(result.exception)
