"""What is uploaded for a function that needs no other package."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.harness import APPS, BIN, folder_of, row, run, table


def measure() -> list[str]:
    """Return the title and the tables."""
    rows = [
        row("Cumulo", cumulo),
        row("osls package", osls),
        row("sam build, zipped", sam),
        row("chalice package", chalice),
    ]
    return ["size: the zip of a function without third-party needs, kB", table(("kB",), rows, ("≤ 20",))]


def cumulo() -> Sequence[float]:
    with folder_of(APPS / "quiet") as folder:
        run([BIN / "cumulo", "synth"], folder)
        return _kilobytes(folder / ".cumulo" / "out" / "dev" / "assets")


def osls() -> Sequence[float]:
    with folder_of(APPS / "quiet") as folder:
        run([peers.node(*peers.OSLS) / "osls", "package"], folder)
        return _kilobytes(folder / ".serverless")


def sam() -> Sequence[float]:
    with folder_of(APPS / "quiet") as folder:
        (folder / "code").mkdir()
        shutil.copy(folder / "quiet.py", folder / "code")
        (folder / "code" / "requirements.txt").touch()
        run([peers.python(*peers.SAM) / "sam", "build"], folder)
        # SAM zips the folder only when it uploads it.
        built = folder / ".aws-sam" / "build" / "Quiet"
        (folder / "zips").mkdir()
        with zipfile.ZipFile(folder / "zips" / "quiet.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in built.rglob("*"):
                archive.write(file, file.relative_to(built))
        return _kilobytes(folder / "zips")


def chalice() -> Sequence[float]:
    with folder_of(APPS / "quiet") as folder:
        run([peers.python(*peers.CHALICE) / "chalice", "package", "out"], folder / "chalice")
        return _kilobytes(folder / "chalice" / "out")


def _kilobytes(folder: Path) -> Sequence[float]:
    (file,) = folder.glob("*.zip")
    return (file.stat().st_size / 1000,)
