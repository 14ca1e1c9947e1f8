"""Moved time in a process: of the emulator, and of each worker that runs a function.

Imports nothing else of Cumulo, since the emulator's environment has nothing else.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class MovedTime:
    """Moves this process's time: ``time.time``, ``datetime.now`` and their like; monotonic time goes on.

    Nothing is loaded, and nothing costs time, before the offset is another than 0 for the first time.

    Attributes
    ----------
    offset
        How far this process's time is ahead of real time, in seconds.

    Examples
    --------
    >>> moved = MovedTime()
    >>> real = time.time()
    >>> moved.to(86_400.0)
    >>> round(time.time() - real)
    86400
    >>> moved.to(0.0)
    """

    def __init__(self) -> None:
        self.offset = 0.0
        self._travel: Any = None
        self._traveller: Any = None

    def to(self, offset: float) -> None:
        """Have the time be so many seconds ahead of real time; 0 ends it."""
        if offset == self.offset:
            return
        if offset == 0:
            self._travel.stop()
            self._travel = None
        elif self._travel is None:
            self._travel = load().travel(time.time() + offset, tick=True)
            self._traveller = self._travel.start()
            time.time()  # it ticks from the first call on
        else:
            self._traveller.shift(offset - self.offset)
        self.offset = offset


def load() -> Any:
    """Return time-machine; loading it takes 40 ms."""
    with _without_pytest():
        import time_machine
    return time_machine


@contextmanager
def _without_pytest() -> Iterator[None]:
    """Let time-machine not load pytest for a plugin that nobody uses here: it takes longer than all the rest."""
    if "pytest" in sys.modules:
        yield
        return
    sys.modules["pytest"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pytest"]
