"""Package the code of an app's functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cumulo.constructs.function import Function


def package(
    functions: list[Function], project: Path, folder: Path, emulated: bool, report: Callable[[str], None]
) -> dict[Function, str]:
    """Return the code asset of each function, made in the assembly's folder."""
    return {}
