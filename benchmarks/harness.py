"""What all measurements share: running and ending processes, waiting, timing, memory, and tables."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
APPS = Path(__file__).resolve().parent / "apps"
# Beside the interpreter that runs this: `cumulo` and `python`.
BIN = Path(sys.executable).parent
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
ACCOUNT = "000000000000"
REGION = "eu-central-1"


class NotRunError(Exception):
    """A measurement that could not be made here, and why."""


@dataclass(frozen=True)
class Row:
    """The figures of one tool, in the order of the table's columns; None where there is none."""

    who: str
    figures: tuple[float | None, ...] = ()
    note: str = ""


def environment(**more: str) -> dict[str, str]:
    """Return the environment that all tools run in: the same Python first, no telemetry, no AWS account.

    Nor does Python have settings: where PYTHONDONTWRITEBYTECODE is set, an editable Cumulo would be compiled at each
    start, and the other tools, which are byte-compiled, would not.
    """
    others = ("AWS_", "CUMULO_", "PYTHON", "VIRTUAL_ENV")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(others)},
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "SLS_TELEMETRY_DISABLED": "1",
        "SLS_NOTIFICATIONS_MODE": "off",
        "NO_COLOR": "1",
        **more,
    }


def run(
    command: Sequence[str | Path], folder: Path, *, env: Mapping[str, str] | None = None, codes: Sequence[int] = (0,)
) -> str:
    """Run a command to its end and return what it wrote to stdout.

    Raises
    ------
    NotRunError
        When it cannot start, or ends with another code than expected.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env=env or environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotRunError(str(error)) from None
    if done.returncode not in codes:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise NotRunError(f"`{Path(command[0]).name}` ended with {done.returncode}: {' '.join(lines[-3:])}")
    return done.stdout


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median(times: int, measure: Callable[[], float], *, before: Callable[[], object] = lambda: None) -> float:
    """Return the median of measurements, each after a preparation that does not count."""
    figures = []
    for _ in range(times):
        before()
        figures.append(measure())
    return statistics.median(figures)


def row(who: str, measure: Callable[[], Sequence[float | None]], note: str = "") -> Row:
    """Measure one tool; a row that says why when that is not possible here. Progress goes to stderr."""
    print(f"  {who} ...", file=sys.stderr, flush=True)
    try:
        return Row(who, tuple(measure()), note)
    except NotRunError as error:
        return Row(who, note=f"not run: {error}")


def table(columns: Sequence[str], rows: Sequence[Row], targets: Sequence[str] = ()) -> str:
    """Return a Markdown table; the first row is ours, and every other figure has its ratio to ours."""
    ours = rows[0].figures
    lines = ["| | " + " | ".join(columns) + " | |", "| --- |" + " ---: |" * len(columns) + " --- |"]
    if targets:
        lines.append("| *target* | " + " | ".join(f"*{target}*" for target in targets) + " | |")
    for index, entry in enumerate(rows):
        cells = []
        for column in range(len(columns)):
            figure = entry.figures[column] if column < len(entry.figures) else None
            own = ours[column] if index and column < len(ours) else None
            cells.append(_cell(figure, own))
        who = entry.who if index else f"**{entry.who}**"
        lines.append(f"| {who} | " + " | ".join(cells) + f" | {entry.note} |")
    return "\n".join(lines)


def _cell(figure: float | None, ours: float | None) -> str:
    if figure is None:
        return "-"
    return _number(figure) + (f" ({_number(figure / ours, 2)}x)" if ours else "")


def _number(figure: float, digits: int = 3) -> str:
    if figure >= 10 ** (digits - 1):
        return f"{figure:,.0f}"
    return f"{figure:.{digits}g}"


@contextlib.contextmanager
def folder_of(source: Path) -> Iterator[Path]:
    """Give a copy of a project that may be changed."""
    with tempfile.TemporaryDirectory(prefix="cumulo-bench-") as place:
        folder = Path(place) / source.name
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".cumulo", "__pycache__", ".pytest_cache"))
        yield folder


@contextlib.contextmanager
def items() -> Iterator[Path]:
    """Give a copy of ``examples/items`` that the other tools can read too.

    Their own files lie beside it (``apps/items``), and ``cumulo.runtime``, which the functions import and which
    Cumulo packages by itself, lies in it as source.
    """
    with folder_of(REPO / "examples" / "items") as folder:
        shutil.copytree(APPS / "items", folder, dirs_exist_ok=True)
        yield folder


def with_runtime(folder: Path) -> None:
    """Put ``cumulo.runtime`` into a project as source, for the tools that package a folder as it is."""
    target = folder / "cumulo" / "runtime"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPO / "src" / "cumulo" / "runtime", target, ignore=ignored, dirs_exist_ok=True)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(
    command: Sequence[str | Path], folder: Path, *, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server while the body runs, then end it and all it started."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=env or environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process
        except NotRunError as error:
            output.seek(0)
            said = output.read().decode(errors="replace").strip().splitlines()
            raise NotRunError(f"{error}; it said: {' '.join(said[-3:])}") from None
        finally:
            _end(process)


@contextlib.contextmanager
def awake() -> Iterator[None]:
    """Keep the processors from halting while the body runs, with work that yields to all other.

    A server waits a hundred microseconds for each answer of its worker. A virtual processor halts meanwhile, and its
    host needs tens of microseconds to a millisecond to wake it, depending on what the host's other guests do.
    """
    spin = "import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    with contextlib.ExitStack() as stack:
        for processor in os.sched_getaffinity(0):
            spinning = subprocess.Popen([sys.executable, "-c", spin])
            stack.callback(spinning.wait)
            stack.callback(spinning.kill)
            os.sched_setaffinity(spinning.pid, {processor})
        yield


@contextlib.contextmanager
def one_processor(pid: int) -> Iterator[None]:
    """Have a process and all that it started use one processor while the body runs, and this process as well."""
    tasks = [int(task.name) for one in (os.getpid(), pid, *descendants(pid)) for task in _tasks(one)]
    every = os.sched_getaffinity(0)
    try:
        _use(tasks, {min(every)})
        yield
    finally:
        _use(tasks, every)


def _tasks(pid: int) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []


def _use(tasks: Sequence[int], processors: set[int]) -> None:
    for task in tasks:
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(task, processors)


def _end(process: subprocess.Popen[bytes]) -> None:
    started = [process.pid, *descendants(process.pid)]
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in started[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Send one GET on a connection of its own, and return status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_for(
    process: subprocess.Popen[bytes],
    port: int,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    answered: Callable[[int, bytes], bool] = lambda status, _: status == 200,
    limit: float = 60,
) -> bytes:
    """Wait until a server gives the answer that is waited for, asking every 5 ms; return its body.

    Raises
    ------
    NotRunError
        When the server ends, or the answer does not come within the limit (in seconds).
    """
    deadline, last = time.monotonic() + limit, "no connection"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotRunError(f"the server ended with {process.returncode}")
        try:
            status, body = get(port, path, headers)
            if answered(status, body):
                return body
            last = f"{status} {body[:200]!r}"
        except (OSError, http.client.HTTPException) as error:
            last = repr(error)
        time.sleep(0.005)
    raise NotRunError(f"not the answer that was waited for within {limit:g} s (last: {last})")


def descendants(pid: int) -> list[int]:
    """Return all processes below one."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            # The name, in brackets, may hold anything; the parent is the second field behind it.
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def pss(pids: Sequence[int]) -> float:
    """Return the memory of processes in MB (10^6 bytes): pages that several share count in proportion."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total / 1e6
