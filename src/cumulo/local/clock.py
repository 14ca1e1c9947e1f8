"""The clock of a local cloud: real time, moved ahead by what the developer has asked for.

Everything that waits for a time (schedules, expiry, alarms, retention) is an :class:`Agenda` of the one clock. What is
due runs within a second; moving the clock runs all that is due on the way, in order, each at its own time.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from typing import Protocol

Moved = Callable[[float], None]
"""Hears the new offset to real time, in seconds, before anything runs at the new time; it is called often."""

_LONGEST_SLEEP = 3600.0  # a laptop's own sleep, or a clock that is set, is noticed at the latest then


class Agenda(Protocol):
    """Something that has work at certain times."""

    def next_due(self) -> float:
        """Return the time of its next work, in seconds since the epoch; infinity when there is none."""
        ...

    async def run_due(self, now: float) -> None:
        """Do all work that is due at a time, and return when it is done.

        It must not leave work that is due at ``now`` or before: the clock would come back to it at once.
        """
        ...


class Clock:
    """Tells the local cloud's time, and runs what is due.

    Parameters
    ----------
    offset
        How far the time is ahead of real time at first, in seconds.

    Examples
    --------
    >>> clock = Clock()
    >>> abs(clock.now() - time.time()) < 1
    True
    """

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset
        self._agendas: list[Agenda] = []
        self._listeners: list[Moved] = []
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None

    def now(self) -> float:
        """Return the local cloud's time, in seconds since the epoch."""
        return time.time() + self.offset

    def add(self, agenda: Agenda) -> None:
        """Run the work of an agenda when it is due."""
        self._agendas.append(agenda)
        self.changed()

    def remove(self, agenda: Agenda) -> None:
        """Leave the work of an agenda alone from now on."""
        self._agendas.remove(agenda)

    def on_moved(self, listener: Moved) -> None:
        """Have a part of the local cloud told whenever the clock is moved."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """Hear that an agenda has got other work: the next due time may be another."""
        self._changed.set()

    def start(self) -> None:
        """Begin to run what is due."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Run nothing any more."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def advance(self, seconds: float) -> None:
        """Move the clock ahead, running all that is due on the way, in order, each at its own time.

        Parameters
        ----------
        seconds
            How far, not negative.
        """
        async with self._turn:
            target = self.now() + seconds
            while (due := self._next_due()) <= target:
                self._move_to(due)
                await self._run_due(max(due, self.now()))
            self._move_to(target)
        self.changed()

    def _next_due(self) -> float:
        return min((agenda.next_due() for agenda in self._agendas), default=math.inf)

    def _move_to(self, when: float) -> None:
        """Set the clock to a time; what is past already stays past: the clock never goes back."""
        ahead = when - self.now()
        if ahead <= 0:
            return
        self.offset += ahead
        for listener in self._listeners:
            listener(self.offset)

    async def _run_due(self, now: float) -> None:
        for agenda in self._agendas:
            if agenda.next_due() <= now:
                await agenda.run_due(now)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            wait = min(self._next_due() - self.now(), _LONGEST_SLEEP)
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), wait)
                continue
            async with self._turn:
                await self._run_due(self.now())
