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

from cumulo.errors import CumuloError

Moved = Callable[[float], None]
"""Hears the new offset to real time, in seconds, before anything runs at the new time; it is called often."""

FARTHEST = 100 * 365 * 86_400.0
"""How far the clock can be moved at once, in seconds."""

_LOOK_SECONDS = 1.0  # a laptop that slept, or a clock that was set, is noticed at the latest then
_LEAVE_SECONDS = 1.0  # what is under way when the clock stops may take so long
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 3600.0  # seconds that an agenda is left alone after it failed, doubled each time


class Agenda(Protocol):
    """Something that has work at certain times."""

    def next_due(self) -> float:
        """Return the time of its next work, in seconds since the epoch; infinity when there is none."""
        ...

    async def run_due(self, now: float) -> None:
        """Do all work that is due at a time, and return when it is done.

        It must not leave work that is due at ``now`` or before: the clock would come back to it at once.

        Parameters
        ----------
        now
            The time that the work is done at, in seconds since the epoch. It never goes back from call to call,
            and lies before ``Clock.now()`` while work is late: what is due later waits for its own turn.
        """
        ...


class Clock:
    """Tells the local cloud's time, and runs what is due.

    Parameters
    ----------
    offset
        How far the time is ahead of real time at first, in seconds.
    report
        Told when an agenda fails; the clock goes on, and comes back to it later.

    Attributes
    ----------
    offset
        How far the time is ahead of real time, in seconds.
    advancing
        Whether it is being moved: an agenda may have more to look at then, since real time hardly passes.

    Examples
    --------
    >>> clock = Clock()
    >>> abs(clock.now() - time.time()) < 1
    True
    """

    def __init__(self, offset: float = 0.0, report: Callable[[str], None] = lambda _: None) -> None:
        self.offset = offset
        self.advancing = False
        self._report = report
        self._agendas: list[Agenda] = []
        self._listeners: list[Moved] = []
        self._pauses: dict[int, tuple[float, float]] = {}  # by id: how long one is left alone, and until when
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None
        self._stopped = False
        self._done = self.now()  # nothing that was due before is left

    def now(self) -> float:
        """Return the local cloud's time, in seconds since the epoch."""
        return time.time() + self.offset

    def add(self, agenda: Agenda) -> None:
        """Run the work of an agenda when it is due; of several that are due at one time, in the order of adding."""
        self._agendas.append(agenda)
        self.changed()

    def remove(self, agenda: Agenda) -> None:
        """Leave the work of an agenda alone from now on."""
        self._agendas.remove(agenda)
        self._pauses.pop(id(agenda), None)

    def on_moved(self, listener: Moved) -> None:
        """Have a part of the local cloud told whenever the clock is moved."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """Hear that an agenda has got other work: the next due time may be another."""
        self._changed.set()

    def start(self) -> None:
        """Begin to run what is due."""
        self._running = asyncio.create_task(self._run(), name="clock")

    async def stop(self) -> None:
        """Run nothing any more; what is under way is left a moment, and an advance ends where it has got to."""
        self._stopped = True
        self.changed()
        if self._running is not None:
            await asyncio.wait((self._running,), timeout=_LEAVE_SECONDS)
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def advance(self, seconds: float) -> None:
        """Move the clock ahead, running all that is due on the way, in order, each at its own time.

        Parameters
        ----------
        seconds
            How far; calls at the same time add up.

        Raises
        ------
        CumuloError
            When it is negative, not a number, or more than a hundred years.
        """
        if not 0 <= seconds <= FARTHEST:
            raise CumuloError(
                f"the clock can't be moved by {seconds:g} seconds", hint="time goes ahead only, a hundred years at most"
            )
        async with self._turn:
            target = self.now() + seconds
            self.advancing = True
            try:
                await self._run_until(target)
                if not self._stopped:
                    self._move_to(target)
            finally:
                self.advancing = False
        self.changed()

    async def reset(self) -> None:
        """Go back to real time; for tests, whose next one begins with other work."""
        async with self._turn:
            self._move(-self.offset)
            self._pauses.clear()
            self._done = self.now()
        self.changed()

    def _next_due(self) -> float:
        return min(map(self._due, self._agendas), default=math.inf)

    def _due(self, agenda: Agenda) -> float:
        """Return when an agenda has its turn."""
        try:
            due = agenda.next_due()
        except Exception as problem:
            self._failed(agenda, problem)
            due = -math.inf
        return max(due, self._pauses[id(agenda)][1]) if id(agenda) in self._pauses else due

    def _move_to(self, when: float) -> None:
        """Set the clock to a time; what is past already stays past: the clock never goes back."""
        ahead = when - self.now()
        if ahead > 0:
            self._move(ahead)

    def _move(self, seconds: float) -> None:
        self.offset += seconds
        for listener in self._listeners:
            listener(self.offset)

    async def _run_until(self, target: float) -> None:
        while (due := self._next_due()) <= target and not self._stopped:
            self._done = max(due, self._done)
            self._move_to(self._done)
            for agenda in tuple(self._agendas):
                if self._due(agenda) <= self._done:
                    await self._run_one(agenda)

    async def _run_one(self, agenda: Agenda) -> None:
        try:
            await agenda.run_due(self._done)
        except Exception as problem:
            self._failed(agenda, problem)
        else:
            self._pauses.pop(id(agenda), None)

    def _failed(self, agenda: Agenda, problem: Exception) -> None:
        """Leave an agenda alone for a while: its work is still due, and the others' must not wait for it."""
        pause, until = self._pauses.get(id(agenda), (_FIRST_PAUSE / 2, -math.inf))
        if until > self._done:
            return
        pause = min(pause * 2, _LONGEST_PAUSE)
        self._pauses[id(agenda)] = pause, self._done + pause
        self._report(f"{type(agenda).__name__} failed ({type(problem).__name__}: {problem}); again in {pause:g} s")

    async def _run(self) -> None:
        while not self._stopped:
            self._changed.clear()
            due = self._next_due()
            if due > self.now():
                wait = None if due == math.inf else min(due - self.now(), _LOOK_SECONDS)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), wait)
                self._done = max(self._done, min(due, self.now()))
                continue
            async with self._turn:
                await self._run_until(self.now())
