"""Those who follow the journal while it is written: the terminal, the console, tests."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from cumulo.local.entries import Entry

_WAITING = 20_000  # entries kept for a slow follower


class Follower:
    """Calls back with batches of entries on a thread of its own, so that nobody waits for it.

    Parameters
    ----------
    callback
        Called with the entries since the last call. What it raises ends the thread, not the journal.
    """

    def __init__(self, callback: Callable[[Sequence[Entry]], None]) -> None:
        self._callback = callback
        self._waiting: deque[Entry] = deque()
        self._missed = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="journal-follower", daemon=True)
        self._thread.start()

    def offer(self, entries: Sequence[Entry]) -> None:
        """Hand over entries; the oldest are dropped when the callback is too slow."""
        with self._changed:
            self._waiting.extend(entries)
            while len(self._waiting) > _WAITING:
                self._waiting.popleft()
                self._missed += 1
            self._changed.notify()

    def close(self, timeout: float = 2.0) -> None:
        """Let the callback have what is left, at most ``timeout`` seconds, then end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                batch, missed = list(self._waiting), self._missed
                self._waiting.clear()
                self._missed = 0
            if missed:
                batch.insert(0, Entry(time.time(), "system", "journal", f"{missed} entries not shown", level="WARNING"))
            if not batch:
                return
            self._callback(batch)
