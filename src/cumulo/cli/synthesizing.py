"""Synthesising an app in another process, while this one loads what judges it.

The assembly on disk is all that the judges read, so nothing else has to come from there. An app that cannot be
synthesised is synthesised again, here: its errors are told as by every other command.
"""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from cumulo.errors import CumuloError
from cumulo.guidelines.forking import EndedError, beside

if TYPE_CHECKING:
    from cumulo.assembly import Assembly

_NOT_OURS_TO_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def synthesizing(project: Path, stage: str, *, wanted: bool = True) -> Iterator[Callable[[], Assembly]]:
    """Begin to synthesise an app.

    Parameters
    ----------
    project
        The project's folder.
    stage
        The stage's name.
    wanted
        Whether the app will be asked for at all.

    Yields
    ------
    Callable
        Returns the assembly once it is there. It raises `cumulo.errors.CumuloError` when the app cannot be synthesised.
    """

    def written() -> tuple[str, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            folder = _synthesized(project, stage).folder
        return str(folder), out.getvalue(), err.getvalue()

    with beside(written) if wanted else nullcontext(lambda: None) as answer:
        yield lambda: _read(answer) or _anywhere(project, stage)


def _read(answer: Callable[[], tuple[str, str, str] | None]) -> Assembly | None:
    try:
        written = answer()
    except EndedError:
        hint = "look for os._exit() in what it imports, and for what may have killed it"
        raise CumuloError("the app ended the process that it was synthesised in", hint=hint) from None
    if written is None:
        return None
    from cumulo.assembly import read

    folder, *said = written
    for text, stream in zip(said, (sys.stdout, sys.stderr), strict=True):
        if text and stream is not None:
            stream.write(text)
    return read(Path(folder))


def _anywhere(project: Path, stage: str) -> Assembly:
    try:
        return _synthesized(project, stage)
    except OSError as error:
        if error.errno not in _NOT_OURS_TO_WRITE:
            raise
    from tempfile import TemporaryDirectory

    # A project that is mounted read-only, as CI may do, can be judged all the same: all is in memory then.
    with TemporaryDirectory(prefix="cumulo-check-") as folder:
        return _synthesized(project, stage, Path(folder))


def _synthesized(project: Path, stage: str, folder: Path | None = None) -> Assembly:
    from cumulo.synth import synthesize_project

    return synthesize_project(project, stage, handlers=False, folder=folder)
