"""`cumulo check` beside `cfn-lint` alone and `checkov`: a whole system, and the largest template there can be."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import large, peers
from benchmarks.harness import BIN, REPO, descendants, environment, folder_of, median, pss, row, run, seconds, table

TIMES = 5
TIMES_LARGE = 3
# Findings are no failure.
CODES = range(64)
_LOOK = 0.02  # seconds between two looks at memory


def measure() -> list[str]:
    """Return the title and the tables."""
    system = [
        row("cumulo check", kefir, "synthesis, own rules over five templates and all sources, cfn-lint"),
        row("cfn-lint", lambda: kefir_peer(cfn_lint()), "the same templates, made before"),
        row("checkov", lambda: kefir_peer(checkov()), "the same templates, made before; other rules"),
    ]
    template = [
        row("cumulo check", lambda: large_template([BIN / "cumulo", "check"], "--no-cfn-lint"), "own rules, cfn-lint"),
        row("cfn-lint", lambda: large_template(cfn_lint())),
        row("checkov", lambda: large_template(checkov()), "other rules"),
    ]
    memory = "most memory, MB"
    return [
        "check: templates and sources judged, whole process",
        "kefir, one stage:\n\n"
        + table(
            ("first run, s", "unchanged, s", "without cfn-lint, s", memory), system, ("≤ 2", "-", "≤ 0.5", "≤ 300")
        ),
        f"A template of {large.RESOURCES} resources:\n\n"
        + table(("s", "without cfn-lint, s", memory), template, ("≤ 4", "-", "≤ 300")),
        f"Memory is PSS of the process tree, looked at every {_LOOK * 1000:.0f} ms in a run of its own.",
    ]


def kefir() -> Sequence[float]:
    with folder_of(REPO / "examples" / "kefir") as folder:
        command = [BIN / "cumulo", "check", "--fail-on", "error"]

        def forget() -> None:
            shutil.rmtree(folder / ".cumulo", ignore_errors=True)

        first = _median(command, folder, before=forget)
        again = _median(command, folder)
        own = _median([*command, "--no-cfn-lint"], folder)
        forget()
        return first, again, own, most_memory(command, folder)


def kefir_peer(command: Sequence[str | Path]) -> Sequence[float | None]:
    with folder_of(REPO / "examples" / "kefir") as folder:
        run([BIN / "cumulo", "synth", "--no-assets"], folder)
        line = [*command, *sorted((folder / ".cumulo" / "out" / "dev").glob("*.template.json"))]
        return _median(line, folder), None, None, most_memory(line, folder)


def large_template(command: Sequence[str | Path], alone: str = "") -> Sequence[float | None]:
    """Judge the large template; with the option ``alone`` too, if there is one, which leaves out others' rules."""
    with tempfile.TemporaryDirectory(prefix="cumulo-bench-") as place:
        folder = Path(place)
        line = [*command, large.write(folder / "template.json")]
        own = _median([*line, alone], folder, TIMES_LARGE) if alone else None
        return _median(line, folder, TIMES_LARGE), own, most_memory(line, folder)


def cfn_lint() -> Sequence[str | Path]:
    return [peers.python(*peers.CFN_LINT) / "cfn-lint"]


def checkov() -> Sequence[str | Path]:
    return [peers.python(*peers.CHECKOV) / "checkov", "--quiet", "--compact", "-f"]


def _median(
    command: Sequence[str | Path],
    folder: Path,
    times: int = TIMES,
    *,
    before: Callable[[], object] = lambda: None,
) -> float:
    run(command, folder, codes=CODES)
    return median(times, lambda: seconds(lambda: run(command, folder, codes=CODES)), before=before)


def most_memory(command: Sequence[str | Path], folder: Path) -> float:
    """Return the most memory that a command and all that it started had together, in MB."""
    most = 0.0
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            most = max(most, pss([process.pid, *descendants(process.pid)]))
            time.sleep(_LOOK)
    return most
