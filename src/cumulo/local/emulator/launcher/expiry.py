"""What expires in the data services: items with TTL, and what the lifecycle rules of buckets name."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .shared import Shared
from .ttl import Ttl

if TYPE_CHECKING:
    from .lifecycle import Lifecycle


class Expiry:
    """Has things expire when the parent's clock says so, and tells the parent when that is.

    Parameters
    ----------
    shared
        Where the parent is told.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._ttl = Ttl()
        self._lifecycle: Lifecycle | None = None
        self.replaced()

    def changed(self) -> None:
        """Take in that something may have been written: takes microseconds, as it reads no data that it knows."""
        self._ttl.look()
        if self._lifecycle is None and "ministack.services.s3" in sys.modules:
            from .lifecycle import Lifecycle

            self._lifecycle = Lifecycle()
        if self._lifecycle is not None:
            self._lifecycle.look(time.time())
        self._publish()

    def replaced(self) -> None:
        """Take in that all data may be other than before: it was loaded or restored."""
        if self._lifecycle is not None:
            self._lifecycle.forget()
        self.changed()

    def run(self, now: float) -> list[dict[str, Any]]:
        """Have expire what is due at a time, in seconds since the epoch, and return what went.

        Returns
        -------
        list
            ``name`` (of a table or bucket), ``what`` (``"item"``, ``"object"``, …) and ``number``.
        """
        gone = [{"name": name, "what": what, "number": number} for name, what, number in self._expire(now)]
        self._publish()
        return gone

    def _expire(self, now: float) -> Iterator[tuple[str, str, int]]:
        for name, number in self._ttl.delete_due(now):
            yield name, "item", number
        if self._lifecycle is not None:
            yield from self._lifecycle.expire_due(now)

    def _publish(self) -> None:
        of_objects = self._lifecycle.next_due() if self._lifecycle is not None else math.inf
        self._shared.next_expiry = min(self._ttl.next_due(), of_objects)
