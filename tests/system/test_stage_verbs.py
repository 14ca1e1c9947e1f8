"""What a user does with a stage that runs: its secrets, its data for development, its pages and its log lines."""

import json
import os
import pty
import signal
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.system.conftest import CUMULO, Dev, clean_environment, cumulo, gone, wait_until

VALUE = "correct horse battery staple"
SECRETS = """        self.token = Secret(self, "token", generate=False)
"""
SEED = """
def seed(stage):
    table = stage.session.resource("dynamodb").Table(stage.resources["data"]["NotesTable"])
    for number in range(3):
        table.put_item(Item={"PK": f"NOTE#{number}", "SK": "NOTE", "text": "seeded"})
        stage.say(f"note {number}")
"""


@pytest.fixture
def running(dev: Dev) -> Dev:
    """A running `cumulo dev` of a project with an empty secret."""
    data = dev.project / "infra/data.py"
    text = data.read_text()
    assert "from cumulo import App, Stack, Table" in text
    data.write_text(text.replace("import App, Stack, Table", "import App, Secret, Stack, Table") + SECRETS)
    return dev.start()


def at_a_terminal(folder: Path, *arguments: str, answer: str) -> tuple[int, str]:
    """Run a command at a terminal, answer each of its questions alike; return its exit code and what was shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*CUMULO, *arguments], stdin=theirs, stderr=theirs, stdout=theirs, cwd=folder, env=clean_environment()
    ) as process:
        os.close(theirs)
        shown = ""
        while part := _read(ours):
            shown += part
            if shown.endswith(": "):  # the space comes when the terminal echoes no more
                os.write(ours, f"{answer}\n".encode())
    os.close(ours)
    return process.returncode, shown


def _read(end: int) -> str:
    try:
        return os.read(end, 4096).decode(errors="replace")
    except OSError:  # Linux says EIO when the other end was closed.
        return ""


def states(project: Path) -> dict[str, str]:
    listed = cumulo("secret", "list", "--json", cwd=project)
    assert listed.returncode == 0, listed.stderr
    return {secret["id"]: secret["state"] for secret in json.loads(listed.stdout)}


def test_a_secret_is_typed_unseen_kept_over_a_kill_and_removed(running: Dev) -> None:
    project = running.project
    assert states(project)["token"] == "empty"
    code, shown = at_a_terminal(project, "secret", "set", "token", answer=VALUE)
    assert code == 0, shown
    assert VALUE not in shown
    assert "set token of shop dev on this machine" in shown

    family = running.family()
    running.end(signal.SIGKILL)
    wait_until(lambda: all(gone(process) for process in family), "all processes to end")
    running.start()
    assert states(project)["token"] == "set"
    assert VALUE not in cumulo("secret", "list", cwd=project).stdout
    assert VALUE not in running.said()

    unsure = cumulo("secret", "remove", "token", cwd=project)
    assert (unsure.returncode, states(project)["token"]) == (1, "set")
    assert "hint: use --yes" in unsure.stderr
    assert cumulo("secret", "remove", "token", "--yes", cwd=project).returncode == 0
    assert states(project)["token"] == "removed"

    command = [*CUMULO, "secret", "set", "token", "-"]
    piped = subprocess.run(command, cwd=project, env=clean_environment(), input=VALUE.encode(), check=False)
    assert (piped.returncode, states(project)["token"]) == (0, "set")
    unknown = cumulo("secret", "set", "tokn", "-", cwd=project)
    assert unknown.returncode == 1
    assert "hint: there are: token" in unknown.stderr


def test_a_stage_is_seeded_and_its_api_opened(running: Dev) -> None:
    project = running.project
    missing = cumulo("seed", cwd=project)
    assert (missing.returncode, "there is no seed script" in missing.stderr) == (1, True)
    (project / "scripts").mkdir()
    (project / "scripts/seed.py").write_text(SEED)
    seeded = cumulo("seed", cwd=project)
    assert seeded.returncode == 0, seeded.stderr
    assert seeded.stderr.splitlines()[1:] == ["  note 0", "  note 1", "  note 2", "seeded"]
    refused = cumulo("seed", "--stage", "prod", cwd=project)
    assert (refused.returncode, "never seeded" in refused.stderr) == (1, True)

    (project / "scripts/seed.py").write_text("def seed(stage):\n    raise ValueError('no milk')\n")
    broken = cumulo("seed", cwd=project)
    assert broken.returncode == 1
    assert f"{project}/scripts/seed.py:2: ValueError: no milk" in broken.stderr
    assert "Traceback" not in broken.stderr

    url = f"http://127.0.0.1:{running.port}"
    assert cumulo("open", cwd=project).stdout == f"api  {url}\n"
    assert cumulo("open", "api", "/notes/0", cwd=project).stdout == f"{url}/notes/0\n"
    nothing = cumulo("open", "door", cwd=project)
    assert (nothing.returncode, "hint: there are: api" in nothing.stderr) == (2, True)


def test_a_seed_script_and_the_log_lines_have_the_time_of_the_moved_clock(running: Dev) -> None:
    project = running.project
    assert cumulo("clock", "advance", "30d", cwd=project).returncode == 0
    later = datetime.now() + timedelta(days=30)
    (project / "scripts").mkdir()
    script = "from datetime import datetime\n\n\ndef seed(stage):\n    stage.say(datetime.now().isoformat())\n"
    (project / "scripts/seed.py").write_text(script)
    seeded = cumulo("seed", cwd=project)
    assert seeded.returncode == 0, seeded.stderr
    seen = datetime.fromisoformat(seeded.stderr.splitlines()[1].strip())
    assert later <= seen <= datetime.now() + timedelta(days=30)

    writer = project / "functions/health.py"
    writer.write_text(f"{writer.read_text()}\n\nprint('hello from', __name__)\n")
    with running.client() as client:
        assert client.get("/health").status_code == 200
    wait_until(lambda: "hello from" in cumulo("logs", cwd=project).stdout, "the line to be written")
    (line,) = [line for line in cumulo("logs", cwd=project).stdout.splitlines() if "hello from" in line]
    assert later <= datetime.fromisoformat(line.split()[0]) <= datetime.now() + timedelta(days=30)


def test_without_a_running_stage_the_way_to_one_is_told(project: Path) -> None:
    for arguments in (("secret", "list"), ("seed",), ("open",)):
        alone = cumulo(*arguments, cwd=project, AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null")
        assert alone.returncode == 1
        assert "`cumulo dev --stage dev` starts it" in alone.stderr
