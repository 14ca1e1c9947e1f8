"""Package the code of an app's functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cumulo.constructs.function import Function
from cumulo.synth.assets.build import build
from cumulo.synth.assets.plan import Code
from cumulo.synth.assets.target import Target, host_target
from cumulo.synth.workspace import workspace


def package(
    functions: Sequence[Function], project: Path, folder: Path, emulated: bool, report: Callable[[str], None]
) -> dict[Function, str]:
    """Make the code assets of functions, and return the name of each one's.

    Parameters
    ----------
    functions
        The functions.
    project
        The folder that their handlers are relative to.
    folder
        The assembly's folder.
    emulated
        Whether an emulator on this machine will run them, rather than Lambda.
    report
        Told what takes time.
    """
    codes = {function: _code(function, emulated) for function in functions}
    cache = workspace(project) / "cache" / "assets"
    built = build(project, list(codes.values()), cache=cache, out=folder / "assets", report=report)
    return {function: built[code].name for function, code in codes.items()}


def _code(function: Function, emulated: bool) -> Code:
    target = host_target() if emulated else Target(function.python, function.architecture)
    return Code(function.handler, target)
