"""The journal: everything that happens in the local cloud, kept in SQLite.

Writers call :meth:`Journal.append`, which only puts the entry into memory; a thread writes batches to disk.
"""

from __future__ import annotations

import asyncio
import atexit
import sqlite3
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from itertools import accumulate, islice
from pathlib import Path

from cumulo.local import emf, journal_file
from cumulo.local.entries import Entry, Kind, Recorder, Selection
from cumulo.local.followers import Follower
from cumulo.local.journal_file import Retention

__all__ = ["Entry", "Journal", "Kind", "Recorder", "Retention", "Selection"]

_GATHER = 0.1  # seconds that entries wait for others to be written with: each writing disturbs the event loop
_PENDING_ENTRIES = 50_000
_PENDING_CHARACTERS = 64_000_000
_HOLD_BACK = 0.005  # seconds that an appender waits when the disk cannot keep up
_PRUNE_EVERY = 10_000  # entries


class Journal:
    """Takes entries, keeps them, finds them again and tells followers of them.

    Parameters
    ----------
    path
        The SQLite file; ``None`` for one that is deleted on close.
    retention
        How much it keeps.

    Notes
    -----
    Entries are on disk within about 0.15 s, and all of them when :meth:`close` returns. A file that is not a
    readable journal is renamed, and a new one begun. When the disk takes nothing, followers are told once, and
    the newest entries are held in memory and written with the first later ones that the disk takes. Metrics in the
    embedded metric format are taken out of log lines, as entries of their own.

    Examples
    --------
    >>> journal = Journal(None)
    >>> journal.append(Entry(time.time(), "log", "create-item", "created"))
    >>> [entry.text for entry in journal.entries(kind="log")]
    ['created']
    >>> journal.close()
    """

    def __init__(self, path: Path | None, *, retention: Retention | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="cumulo-journal-") if path is None else None
        self.path = path or Path(self._temporary.name if self._temporary else "") / "journal.sqlite"
        self._retention = retention or Retention()
        self._lock = threading.Lock()
        self._pending: list[Entry] = []  # not seen by the thread yet
        self._held: list[Entry] = []  # the thread's own: not taken by the disk yet
        self._characters = 0
        self._appended = self._tried = self._settled = self._lost = 0
        self._wake, self._hurry, self._room = threading.Event(), threading.Event(), threading.Event()
        self._progress = threading.Condition(self._lock)
        self._closing = False
        self._followers: tuple[Follower, ...] = ()
        self._connection: sqlite3.Connection | None = None
        self._failing = False
        self._since_pruning = _PRUNE_EVERY
        self._connect()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    @property
    def appended(self) -> int:
        """How many entries it has taken so far: when it differs from before, there is something new."""
        return self._appended

    def append(self, entry: Entry, /) -> None:
        """Take one entry: a microsecond or two, from any thread.

        Waits up to 5 ms when the disk cannot keep up and the memory set aside for entries is full.
        """
        with self._lock:
            self._pending.append(entry)
            self._appended += 1
            self._characters += len(entry.text)
            full = len(self._pending) >= _PENDING_ENTRIES or self._characters >= _PENDING_CHARACTERS
        if not self._wake.is_set():
            self._wake.set()
        if full:
            self._make_room()

    def entries(
        self,
        *,
        kind: Kind | Sequence[Kind] | None = None,
        subject: str | Sequence[str] | None = None,
        request_id: str | None = None,
        since: float | None = None,
        until: float | None = None,
        after_id: int | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """Find entries, oldest first; everything appended before is seen.

        Parameters are those of :class:`~cumulo.local.entries.Selection`; ``kind`` and ``subject`` take one or
        several. Waits until what was appended is written, so an event loop calls it only in tests.

        Raises
        ------
        CumuloError
            When the file cannot be read as a journal.
        """
        selection = Selection(_several(kind), _several(subject), request_id, since, until, after_id, text, limit)
        self.flush()
        return [entry for _, entry in journal_file.select(self.path, selection)]

    def last_id(self) -> int:
        """Return the id of the newest entry, to ask for those after it; 0 when there is none."""
        self.flush()
        return journal_file.last_id(self.path)

    def subscribe(self, callback: Callable[[Sequence[Entry]], None]) -> Callable[[], None]:
        """Call back with each batch of new entries, on a thread of its own; return what ends it.

        A callback that is slower than the entries come does not hold anything up: it misses entries, and is
        told how many by an entry of kind ``"system"``.
        """
        follower = Follower(callback)
        with self._lock:
            self._followers = (*self._followers, follower)

        def unsubscribe() -> None:
            self.flush()
            with self._lock:
                self._followers = tuple(other for other in self._followers if other is not follower)
            follower.close()

        return unsubscribe

    async def follow(self, selection: Selection | None = None) -> AsyncIterator[Entry]:
        """Yield each new entry of a selection as it comes.

        Examples
        --------
        >>> async for entry in journal.follow(Selection(kinds=("log",))):  # doctest: +SKIP
        ...     print(entry.text)
        """
        wanted = selection or Selection()
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Sequence[Entry]] = asyncio.Queue()

        def hand_over(entries: Sequence[Entry]) -> None:
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(queue.put_nowait, entries)

        unsubscribe = self.subscribe(hand_over)
        try:
            while True:
                for entry in await queue.get():
                    if wanted.takes(entry):
                        yield entry
        finally:
            await asyncio.to_thread(unsubscribe)

    def flush(self, timeout: float = 5.0) -> None:
        """Wait until everything appended so far is written, or refused by the disk, at most ``timeout`` seconds."""
        with self._lock:
            target = self._appended
            if self._settled >= target:
                return
        self._hurry.set()
        self._wake.set()
        with self._progress:
            self._progress.wait_for(lambda: self._tried >= target, timeout)

    def close(self) -> None:
        """Write what is left and end the thread; further calls do nothing."""
        if self._closing:
            return
        atexit.unregister(self.close)
        self._closing = True
        self._hurry.set()
        self._wake.set()
        self._thread.join()
        for follower in self._followers:
            follower.close()
        if self._connection is not None:
            self._connection.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _make_room(self) -> None:
        self._room.clear()
        self._room.wait(_HOLD_BACK)
        with self._lock:
            if len(self._pending) >= 2 * _PENDING_ENTRIES or self._characters >= 2 * _PENDING_CHARACTERS:
                self._lost += len(self._pending)
                self._settled += len(self._pending)
                self._pending, self._characters = [], 0

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._hurry.wait(_GATHER)
            closing = self._closing
            self._wake.clear()
            self._hurry.clear()
            batch = self._taken()
            self._tell(batch)
            self._keep([*self._held, *batch])
            if closing:
                return

    def _taken(self) -> list[Entry]:
        """Take what was appended; the metrics in its log lines become entries of their own."""
        with self._lock:
            batch, self._pending, self._characters = self._pending, [], 0
        self._room.set()
        complete: list[Entry] = []
        for entry in batch:
            complete.append(entry)
            if entry.kind == "log":
                complete += emf.entries(entry.text, subject=entry.subject, time=entry.time, request_id=entry.request_id)
        with self._lock:
            self._appended += len(complete) - len(batch)
        return complete

    def _keep(self, batch: list[Entry]) -> None:
        try:
            self._write(batch)
        except (sqlite3.OperationalError, OSError) as problem:
            self._hold(batch, problem)
        except sqlite3.DatabaseError as problem:
            self._start_again(batch, problem)
        else:
            self._held = []
            with self._progress:
                self._settled += len(batch)
                self._tried = self._settled
                self._failing = False
                self._progress.notify_all()

    def _write(self, batch: list[Entry]) -> None:
        if self._connection is None:
            self._connection = self._opened()
        if self._lost:
            batch = [_system(f"the journal lost {self._lost} entries"), *batch]
        journal_file.insert(self._connection, batch)
        self._lost = 0
        self._since_pruning += len(batch)
        if self._since_pruning >= _PRUNE_EVERY:
            self._since_pruning = 0
            journal_file.prune(self._connection, self._retention, time.time())

    def _hold(self, batch: list[Entry], problem: Exception) -> None:
        """Keep a batch that the disk did not take, and say so the first time."""
        if not self._failing:
            self._tell([_system(f"the journal is not written: {problem}; it goes on when it can")])
        self._held = _newest(batch)
        with self._progress:
            dropped = len(batch) - len(self._held)
            self._lost += dropped
            self._settled += dropped
            self._tried = self._settled + len(self._held)
            self._failing = True
            self._progress.notify_all()

    def _start_again(self, batch: list[Entry], problem: Exception) -> None:
        """Set a damaged file aside and write the batch to a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        try:
            self._say_aside(journal_file.set_aside(self.path), str(problem))
        except OSError as trouble:
            self._hold(batch, trouble)
        else:
            self._keep(batch)

    def _connect(self) -> None:
        # What cannot be opened now is tried again, and said, with the first batch.
        with suppress(sqlite3.OperationalError, OSError):
            self._connection = self._opened()

    def _opened(self) -> sqlite3.Connection:
        connection, aside = journal_file.open_for_writing(self.path)
        if aside is not None:
            self._say_aside(aside, "it is not a journal of this version")
        return connection

    def _say_aside(self, aside: Path, why: str) -> None:
        self.append(_system(f"the journal could not be read ({why}): kept as {aside.name}, a new one was begun"))

    def _tell(self, batch: Sequence[Entry]) -> None:
        for follower in self._followers:
            follower.offer(batch)


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _newest(entries: list[Entry]) -> list[Entry]:
    """Return the newest entries, as many as may wait in memory."""
    characters = accumulate(len(entry.text) for entry in reversed(entries))
    fitting = sum(1 for total in islice(characters, _PENDING_ENTRIES) if total <= _PENDING_CHARACTERS)
    return entries[len(entries) - fitting :]


def _system(text: str) -> Entry:
    return Entry(time.time(), "system", "journal", text, level="WARNING")
