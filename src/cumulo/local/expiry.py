"""Items with TTL and objects with a lifecycle expire when the local cloud's clock says so.

AWS takes its time: an expired item goes within days, an expired object some time after midnight UTC. Here both go
at the moment they are due, so that a test can say what is left after moving the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from cumulo.local.entries import Entry, Recorder

_LOOK_SECONDS = 1.0  # while the clock is not moved, what got another time is noticed at the latest then


class Services(Protocol):
    """The data services: the emulator."""

    @property
    def next_expiry(self) -> float:
        """When something may expire next, in seconds since the epoch."""
        ...

    async def expire(self, now: float) -> list[dict[str, Any]]:
        """Have expire what is due, and return what went."""
        ...


class Expiry:
    """The agenda of what expires; it costs a microsecond while nothing does.

    Parameters
    ----------
    services
        Where things expire.
    recorder
        Takes an entry for each table and bucket that something expired in.
    """

    def __init__(self, services: Services, recorder: Recorder) -> None:
        self._services = services
        self._recorder = recorder

    def next_due(self) -> float:
        """Return when something may expire next, in seconds since the epoch."""
        return self._services.next_expiry

    async def run_due(self, now: float) -> None:
        """Have expire what is due."""
        for gone in await self._services.expire(now):
            self._recorder.append(Entry(now, "system", gone["name"], _sentence(gone), data=gone))

    async def watch(self, changed: Callable[[], None]) -> None:
        """Tell when another time is the next one, until cancelled: items are written by everybody.

        Parameters
        ----------
        changed
            Called then: the clock's.
        """
        known = self.next_due()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if (due := self.next_due()) != known:
                known = due
                changed()


def _sentence(gone: Mapping[str, Any]) -> str:
    """Say what expired.

    Examples
    --------
    >>> _sentence({"name": "items-dev-items", "what": "item", "number": 2})
    '2 items expired'
    """
    return f"{gone['number']} {gone['what']}{'' if gone['number'] == 1 else 's'} expired"
