"""The commands that people and pipelines wait for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.harness import BIN, items, median, row, run, seconds, table

TIMES = 9


def measure() -> list[str]:
    """Return the title and the tables."""
    helps = [
        row("cumulo --help", lambda: _help(BIN / "cumulo")),
        row("chalice --help", lambda: _help(peers.python(*peers.CHALICE) / "chalice")),
        row("sam --help", lambda: _help(peers.python(*peers.SAM) / "sam")),
        row("cdk --help", lambda: _help(peers.node(*peers.CDK_CLI) / "cdk")),
        row("osls --help", lambda: _help(peers.node(*peers.OSLS) / "osls")),
        row("python -c pass", lambda: _help(BIN / "python", "-c", "pass"), "the limit"),
    ]
    checks = [
        row("cumulo check", cumulo_check, "synthesis, own rules over templates and source, cfn-lint"),
        row("cfn-lint", lambda: _lint([peers.python(*peers.CFN_LINT) / "cfn-lint"]), "the same templates, made before"),
        row(
            "checkov",
            lambda: _lint([peers.python(*peers.CHECKOV) / "checkov", "--quiet", "--compact"], "-f"),
            "the same templates, made before; other rules",
        ),
    ]
    return [
        "cli",
        table(("s",), helps, ("≤ 0.1",)),
        "Checks of items:\n\n" + table(("first run, s", "unchanged, s"), checks, ("≤ 1.6", "-")),
    ]


def _help(command: Path, *arguments: str) -> Sequence[float]:
    line = [command, *(arguments or ("--help",))]
    run(line, Path("/tmp"))
    return (median(TIMES, lambda: seconds(lambda: run(line, Path("/tmp")))),)


def cumulo_check() -> Sequence[float]:
    with items() as folder:
        command = [BIN / "cumulo", "check"]
        first = median(
            5,
            lambda: seconds(lambda: run(command, folder)),
            before=lambda: shutil.rmtree(folder / ".cumulo", ignore_errors=True),
        )
        return first, median(TIMES, lambda: seconds(lambda: run(command, folder)))


def _lint(command: Sequence[str | Path], *before: str) -> Sequence[float | None]:
    """Run a linter, which may find what it likes."""
    with items() as folder:
        run([BIN / "cumulo", "synth", "--no-assets"], folder)
        templates = sorted((folder / ".cumulo" / "out" / "dev").glob("*.template.json"))
        line = [*command, *before, *templates]
        run(line, folder, codes=range(64))
        return None, median(3, lambda: seconds(lambda: run(line, folder, codes=range(64))))
