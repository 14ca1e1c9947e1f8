"""`cumulo deploy` of an app of five stacks as a team declares it, killed between two of them."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cumulo.delivery import stacks
from cumulo.delivery.session import Target

APP = """
from cumulo import App, Function, HttpApi, Parameter, Queue, Secret, Stack, Topic

WORK = "functions.work.handle"


def app(stage):
    app = App("shop", stage)
    auth, data, scheduler = Stack(app, "auth"), Stack(app, "data"), Stack(app, "scheduler")
    api, monitoring = Stack(app, "api"), Stack(app, "monitoring")
    pepper = Secret(auth, "pepper")
    limits = Parameter(data, "limits", value="1")
    jobs = Queue(data, "jobs")
    due = Queue(scheduler, "due")
    remind = Function(scheduler, "remind", handler=WORK, links=[jobs.send()])
    due.consume(remind)
    front = HttpApi(api, "api")
    front.route("GET /", Function(api, "front", handler=WORK, links=[pepper, limits, due.send()]), authorizer=None)
    watch = Function(monitoring, "watch", handler=WORK, environment={"TELLS": api.constructs[-1].reference()})
    return app
"""
ORDER = ["auth", "data", "scheduler", "api", "monitoring"]
CUMULO = [sys.executable, "-m", "cumulo"]


@pytest.fixture
def project(tmp_path: Path, aws: str) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/work.py").write_text("def handle(event, context):\n    return {}\n")
    return tmp_path


def deploy(project: Path) -> subprocess.CompletedProcess[str]:
    command = [*CUMULO, "deploy", "--no-check", "--yes"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def kill_before(project: Path, stack: str) -> None:
    """Deploy, and kill the command when it is about to create a stack."""
    command = [*CUMULO, "deploy", "--no-check", "--yes"]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as deploy:
        assert deploy.stderr is not None
        assert any(line == f"creating shop-dev-{stack}\n" for line in deploy.stderr)
        deploy.send_signal(signal.SIGKILL)


def settled(target: Target) -> dict[str, str]:
    """Return the stacks' states once CloudFormation has ended what it had begun; it goes on without the command."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        there = {name: stack.status for name, stack in stacks.all_deployed(target).items() if stack.exists}
        if not any(status.endswith("_IN_PROGRESS") for status in there.values()):
            return there
        time.sleep(0.05)
    raise TimeoutError(str(there))


def test_a_deployment_killed_between_two_stacks_is_continued_by_the_next(project: Path, target: Target) -> None:
    for stack in ("scheduler", "api", "monitoring"):
        kill_before(project, stack)
        there = settled(target)
        assert {there[f"shop-dev-{name}"] for name in ORDER[: ORDER.index(stack)]} == {"CREATE_COMPLETE"}
    last = deploy(project)
    assert last.returncode == 0, last.stderr
    assert "creating shop-dev-auth" not in last.stderr
    assert {each.status for each in stacks.all_deployed(target).values()} == {"CREATE_COMPLETE"}
    assert deploy(project).stderr.endswith("nothing has changed\n")


def test_a_circle_of_stacks_is_told_with_what_closes_it(project: Path) -> None:
    back = '    Function(data, "back", handler=WORK, links=[due.send()])\n'
    (project / "app.py").write_text(APP.replace("    return app", f"{back}    return app"))
    refused = deploy(project)
    assert refused.returncode == 1
    assert "the stacks depend on each other in a circle: data -> scheduler -> data" in refused.stderr
    assert "hint: data uses DueQueueArn, DueQueueRef of scheduler; scheduler uses JobsQueueArn" in refused.stderr
