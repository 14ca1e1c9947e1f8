"""A mistake in a project's own code, told as its author needs it: what, at which line, and what was meant."""

from __future__ import annotations

import difflib
import inspect
import re
import traceback
from collections.abc import Mapping
from pathlib import Path

import cumulo
from cumulo.errors import CumuloError

_UNEXPECTED = re.compile(r"(?P<callee>[\w.]+)\(\) got an unexpected keyword argument '(?P<name>\w+)'")


def locate(error: CumuloError, folder: Path) -> None:
    """Add the line of the project at which an error arose, unless the error names one itself."""
    line = _line(error, folder)
    if line and str(folder) not in (error.where or ""):
        error.where = f"{error.where} ({line})" if error.where else line


def explained(error: BaseException, folder: Path, otherwise: str) -> CumuloError:
    """Return what the project's code raised as an error for people.

    Parameters
    ----------
    error
        What was raised: by a wrong line, or ``SystemExit`` by ``sys.exit``.
    folder
        The project's folder.
    otherwise
        Where it is when no line of the project is to blame.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return CumuloError(f"syntax error: {error.msg}", where=f"{error.filename}:{error.lineno}")
    where = _line(error, folder) or otherwise
    if isinstance(error, SystemExit):
        return CumuloError(
            f"the app ends the process with SystemExit({error.code!r})",
            where=where,
            hint="raise cumulo.CumuloError to refuse a stage",
        )
    hint = _parameter_meant(error) or "`cumulo --debug …` shows the traceback"
    return CumuloError(f"{type(error).__name__}: {error}", where=where, hint=hint)


def _line(error: BaseException, folder: Path) -> str | None:
    frames = traceback.extract_tb(error.__traceback__)
    # A virtual environment may lie in the project: what is installed there is not the project's own.
    own = [f for f in frames if Path(f.filename).is_relative_to(folder) and "site-packages" not in f.filename]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else None


def _parameter_meant(error: BaseException) -> str | None:
    """Return the parameter that an unknown keyword argument was meant for."""
    unexpected = _UNEXPECTED.search(str(error))
    if not isinstance(error, TypeError) or not unexpected:
        return None
    name, known = unexpected["name"], _parameters(unexpected["callee"], _names_at(error))
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"it takes: {', '.join(known)}" if known else None


def _names_at(error: BaseException) -> Mapping[str, object]:
    """Return what can be called: what Cumulo exports, and the global names where the error arose."""
    exported = {name: vars(cumulo).get(name) for name in cumulo.__all__}
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    return {**exported, **frame.f_globals}


def _parameters(callee: str, names: Mapping[str, object]) -> list[str]:
    first, *rest = callee.split(".")
    target = names.get(first)
    for part in rest:
        target = inspect.getattr_static(target, part, None)
    return [name for name in inspect.signature(target).parameters if name != "self"] if callable(target) else []
