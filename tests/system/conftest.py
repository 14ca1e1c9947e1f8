"""A project as a user makes it, and `cumulo` as a user runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import IO

import httpx
import psutil
import pytest

CUMULO = [sys.executable, "-m", "cumulo"]
EXAMPLES = Path(__file__).parents[2] / "examples"
LEFT_BEHIND = ignore_patterns(".cumulo", "__pycache__", ".pytest_cache")
PATIENCE = 60.0


def clean_environment() -> dict[str, str]:
    """Give the environment without AWS settings of the developer, and as it is outside of make."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CUMULO_", "MAKE"))}


def cumulo(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*CUMULO, *arguments],
        cwd=cwd,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2,
        check=False,
    )


def run_own_tests(example: str, folder: Path) -> str:
    """Run all tests that an example has, as its user runs them, and return what pytest says; none is skipped."""
    project = copytree(EXAMPLES / example, folder / example, ignore=LEFT_BEHIND)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=project,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    summary = ran.stdout.splitlines()[-1]
    assert " passed in " in summary
    assert "skipped" not in summary
    return ran.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    ends = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < ends, f"waited in vain for: {what}"
        time.sleep(0.02)


@dataclass
class Dev:
    """A running `cumulo dev`."""

    project: Path
    log: Path
    port: int = field(default_factory=free_port)
    services_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _output: IO[bytes] | None = None

    def start(self, *arguments: str) -> "Dev":
        self._output = self.log.open("wb")
        ports = ("--port", str(self.port), "--services-port", str(self.services_port))
        self.process = subprocess.Popen(
            [*CUMULO, "dev", *ports, *arguments],
            cwd=self.project,
            env=clean_environment(),
            stdout=self._output,
            stderr=self._output,
        )
        wait_until(lambda: "Ctrl-C ends it" in self.said() or self.process.poll() is not None, "dev to run")
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def family(self) -> list[psutil.Process]:
        """Give the process and all that it started."""
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._output.close()
        return code

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    def run_file(self) -> dict[str, object]:
        return json.loads((self.project / ".cumulo/local/dev/run.json").read_text())


def gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = cumulo("new", "shop", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    return tmp_path / "shop"


@pytest.fixture
def dev(project: Path, tmp_path: Path) -> Iterator[Dev]:
    """Give a `cumulo dev` that is ready to be started; what is left of it is ended."""
    dev = Dev(project, tmp_path / "dev.log")
    yield dev
    if dev.process is not None and dev.process.poll() is None:
        dev.end(signal.SIGKILL)
