"""Where a stage keeps how far its clock was moved, so that it goes on there after a restart."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NAME = "clock.json"
"""The file in a stage's state folder."""

_WIDTH = 48


def read(state: Path) -> float:
    """Return how far the clock of a stage is ahead of real time, in seconds; 0 when it was not moved.

    Parameters
    ----------
    state
        The stage's state folder.
    """
    with suppress(OSError, ValueError, TypeError, KeyError):
        offset = float(json.loads((state / NAME).read_text(encoding="utf-8"))["offset"])
        if math.isfinite(offset):
            return max(0.0, offset)
    return 0.0


def writer(state: Path) -> tuple[Callable[[float], None], Callable[[], None]]:
    """Return what keeps the clock of a stage, and what closes the file.

    The clock moves thousands of times on the way through a month of schedules, and a process that is killed must not
    go on before work that it has done. So each move is written, in microseconds: over the old text, as long as that, in
    one piece.

    Parameters
    ----------
    state
        The stage's state folder.
    """
    descriptor = os.open(state / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(offset: float) -> None:
        os.pwrite(descriptor, f"{json.dumps({'offset': offset}):<{_WIDTH}}\n".encode(), 0)

    return write, lambda: os.close(descriptor)
