"""From source to templates and packages, as whole processes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.harness import BIN, environment, items, median, row, run, seconds, table, with_runtime

TIMES = 9


def measure() -> list[str]:
    """Return the title and the tables."""
    templates = [
        row("cumulo synth --no-assets", cumulo_templates, "7 functions, 49 resources, handlers checked"),
        row("troposphere alone", troposphere, "no links, no checks, no manifest"),
        row("cdk synth", cdk, "the code is a folder that is there already"),
        row("chalice package", lambda: chalice_package(with_packages=False), "without packages"),
    ]
    builds = [
        row("cumulo synth", cumulo_builds, "packages from the uv cache, no asset cache"),
        row("osls package", osls, "zips first-party code only: no packages"),
        row("sam build --cached", sam, "from pip's warm cache"),
        row("chalice package", lambda: chalice_package(with_packages=True), "from pip's warm cache"),
    ]
    return [
        "synth: items, whole process",
        "Templates only:\n\n" + table(("s",), templates, ("≤ 0.25",)),
        "With code assets of Powertools and pydantic for arm64:\n\n"
        + table(("unchanged, s", "built from a warm package cache, s"), builds, ("≤ 0.3", "≤ 2")),
    ]


def _repeated(command: Sequence[str | Path], folder: Path, times: int = TIMES, **more) -> float:
    run(command, folder, **more)
    return median(times, lambda: seconds(lambda: run(command, folder, **more)))


def cumulo_templates() -> Sequence[float]:
    with items() as folder:
        return (_repeated([BIN / "cumulo", "synth", "--no-assets"], folder),)


def cumulo_builds() -> Sequence[float]:
    with items() as folder:
        command = [BIN / "cumulo", "synth"]
        return _repeated(command, folder), _rebuilt(command, folder, folder / ".cumulo")


def troposphere() -> Sequence[float]:
    with items() as folder:
        python = peers.python(*peers.TROPOSPHERE) / "python"
        return (_repeated([python, "troposphere_items.py"], folder),)


def cdk() -> Sequence[float]:
    library, cli = peers.python(*peers.CDK), peers.node(*peers.CDK_CLI)
    with items() as folder:
        _code(folder)
        command = [cli / "cdk", "synth", "--quiet", "--app", f"{library / 'python'} cdk_app.py"]
        return (_repeated(command, folder, 3),)


def osls() -> Sequence[float]:
    command = peers.node(*peers.OSLS) / "osls"
    with items() as folder:
        with_runtime(folder)
        return _repeated([command, "package"], folder, 5), None


def sam() -> Sequence[float]:
    command = [peers.python(*peers.SAM) / "sam", "build", "--cached"]
    with items() as folder:
        _code(folder)
        shutil.copy(folder / "requirements.txt", folder / "code")
        return _repeated(command, folder, 3), _rebuilt(command, folder, folder / ".aws-sam")


def chalice_package(*, with_packages: bool) -> Sequence[float]:
    command = [peers.python(*peers.CHALICE) / "chalice", "package", "out"]
    with items() as folder:
        project = folder / "chalice"
        vendor = project / "vendor"
        vendor.mkdir()
        with_runtime(vendor)
        shutil.copytree(folder / "items", vendor / "items")
        if not with_packages:
            (project / "requirements.txt").write_text("")
        paths = environment(PYTHONPATH=str(vendor), ITEMS_TABLE_NAME="items")
        unchanged = _repeated(command, project, 5, env=paths)
        if not with_packages:
            return (unchanged,)
        return unchanged, _rebuilt(command, project, project / ".chalice" / "deployments", env=paths)


def _code(folder: Path) -> None:
    """Lay the functions' source in a folder of its own, which SAM and CDK package as it is."""
    for name in ("functions", "items"):
        shutil.copytree(folder / name, folder / "code" / name)
    with_runtime(folder / "code")


def _rebuilt(command: Sequence[str | Path], folder: Path, kept: Path, **more) -> float:
    """Return how long a command takes when what it kept is gone."""
    return median(
        3,
        lambda: seconds(lambda: run(command, folder, **more)),
        before=lambda: shutil.rmtree(kept, ignore_errors=True),
    )
