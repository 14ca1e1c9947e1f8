"""Starting cfn-lint's process, which may begin before there is anything to judge: this loads nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

Worker = subprocess.Popen[bytes]


def is_installed() -> bool:
    """Tell whether cfn-lint can be run."""
    return find_spec("cfnlint") is not None


def start_worker(folder: Path | None) -> Worker:
    """Start cfn-lint, which waits for templates.

    Parameters
    ----------
    folder
        Where it looks for its configuration; by default the current folder.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cumulo.guidelines.cfn_lint.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        # Some of its findings name one of several resources: the same one each time.
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )


@contextmanager
def ahead(project: Path, cache: Path, *, wanted: bool = True) -> Iterator[Worker | None]:
    """Start cfn-lint before there are templates, when nothing is remembered that could make it needless.

    Importing it takes a second: time enough to synthesise a system.

    Parameters
    ----------
    project
        Folder of the project that will be judged.
    cache
        Folder for what it said before.
    wanted
        Whether it shall judge at all.

    Yields
    ------
    Worker or None
        For `cumulo.guidelines.cfn_lint.linting.start`. It ends with the context, whether it was needed or not.
    """
    if not wanted or not is_installed() or any(cache.glob("*.json")):
        yield None
        return
    with start_worker(project) as worker:
        try:
            yield worker
        finally:
            worker.kill()
