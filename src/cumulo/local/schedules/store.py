"""Schedules and their executions, on disk: what was answered or begun is there after any kind of end."""

from __future__ import annotations

import json
import math
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.local.schedules.records import DEFAULT_GROUP, Execution, Group, Schedule

_CATCH_UP = 600.0
"""Occurrences of a recurring schedule that passed longer ago (the machine was off) are left out, but for the first."""

_BATCH = 100

_SCHEMA = """
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS groups (
        name TEXT PRIMARY KEY, created REAL NOT NULL, modified REAL NOT NULL, tags TEXT NOT NULL,
        declared TEXT, token TEXT
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS schedules (
        grp TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL,
        declared TEXT, token TEXT, scheduled REAL, due REAL, PRIMARY KEY (grp, name)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS schedules_due ON schedules (due) WHERE due IS NOT NULL;
    CREATE TABLE IF NOT EXISTS executions (
        id TEXT PRIMARY KEY, grp TEXT NOT NULL, name TEXT NOT NULL, target TEXT NOT NULL, scheduled REAL NOT NULL,
        begun REAL NOT NULL, phase TEXT NOT NULL, attempt INTEGER NOT NULL, due REAL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS executions_of ON executions (grp, name);
    CREATE INDEX IF NOT EXISTS executions_due ON executions (due) WHERE due IS NOT NULL;
    COMMIT;
"""
_SCHEDULES = "SELECT grp, name, document, created, modified, declared, token, scheduled FROM schedules "
_AGAIN = (
    "UPDATE executions SET due = NULL WHERE id IN (SELECT id FROM executions WHERE due <= ? ORDER BY due LIMIT ?) "
    "RETURNING id, grp, name, target, scheduled, begun, phase, attempt"
)


class Store:
    """The schedules of one account.

    An occurrence is marked as begun, and its schedule moved on, in one transaction before the target is called, and
    the mark is removed when the call has ended. So a process that is killed loses nothing, and the next one repeats
    what was under way, each occurrence at most once for each kill.

    Parameters
    ----------
    path
        The database file; ``None`` for memory only.
    now
        The time when it is opened, in seconds since the epoch.

    Raises
    ------
    CumuloError
        When the file cannot be opened.

    Examples
    --------
    >>> store = Store(None, now=0.0)
    >>> store.next_due()
    inf
    """

    def __init__(self, path: Path | None, *, now: float) -> None:
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as problem:
            raise CumuloError(f"the schedules cannot be opened ({problem})", where=str(path)) from None
        self._next: tuple[float, float] | None = None
        self._durable: bool | None = None
        with self._writing():
            self._db.execute(
                "INSERT OR IGNORE INTO groups VALUES (?, ?, ?, '{}', NULL, NULL)", (DEFAULT_GROUP, now, now)
            )
            # What a killed process had begun: it runs again at once.
            self._db.execute("UPDATE executions SET due = begun WHERE due IS NULL")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def snapshot(self) -> sqlite3.Connection:
        """Return a copy of everything, in memory."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.backup(copy)
        return copy

    def restore(self, snapshot: sqlite3.Connection) -> None:
        """Put a copy back."""
        snapshot.backup(self._db)
        self._next = None

    def group(self, name: str) -> Group | None:
        """Return a group."""
        row = self._db.execute("SELECT * FROM groups WHERE name = ?", (name,)).fetchone()
        return _group(row) if row else None

    def groups(self, *, prefix: str = "", after: str = "", limit: int = -1) -> list[Group]:
        """Return groups by name, those after a name, at most so many."""
        found = self._db.execute(
            "SELECT * FROM groups WHERE name > ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
            (after, len(prefix), prefix, limit),
        )
        return [_group(row) for row in found]

    def put_group(self, group: Group) -> None:
        """Add a group, or replace the one of its name."""
        tags = json.dumps(dict(group.tags))
        row = (group.name, group.created, group.modified, tags, group.declared, group.token)
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?, ?)", row)

    def delete_group(self, name: str) -> None:
        """Delete a group and the schedules in it."""
        with self._writing():
            self._db.execute("DELETE FROM groups WHERE name = ?", (name,))
            self._db.execute("DELETE FROM schedules WHERE grp = ?", (name,))
            self._db.execute("DELETE FROM executions WHERE grp = ? AND phase = 'delivery' AND due > 0", (name,))

    def schedule(self, group: str, name: str) -> Schedule | None:
        """Return a schedule."""
        found = self._db.execute(_SCHEDULES + "WHERE grp = ? AND name = ?", (group, name))
        row = found.fetchone()
        return _schedule(row) if row else None

    def schedules(
        self, *, group: str | None = None, prefix: str = "", after: tuple[str, str] = ("", ""), limit: int = -1
    ) -> Iterator[Schedule]:
        """Yield schedules by group and name: those after a pair of both, at most so many."""
        found = self._db.execute(
            _SCHEDULES + "WHERE (grp, name) > (?, ?) AND (? IS NULL OR grp = ?) AND substr(name, 1, ?) = ? "
            "ORDER BY grp, name LIMIT ?",
            (*after, group, group, len(prefix), prefix, limit),
        )
        return map(_schedule, found)

    def declared(self) -> list[Schedule]:
        """Return the schedules that a template declares."""
        return [*map(_schedule, self._db.execute(_SCHEDULES + "WHERE declared IS NOT NULL"))]

    def put_schedule(self, *schedules: Schedule) -> None:
        """Add schedules, or replace those of their names; each is due from its time of modification on."""
        rows = [_schedule_row(schedule) for schedule in schedules]
        with self._writing():
            self._db.executemany("INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def delete_schedule(self, group: str, name: str) -> None:
        """Delete a schedule; what waits to be delivered again for it is not delivered any more."""
        with self._writing():
            self._db.execute("DELETE FROM schedules WHERE grp = ? AND name = ?", (group, name))
            self._db.execute(
                "DELETE FROM executions WHERE grp = ? AND name = ? AND phase = 'delivery' AND due > 0", (group, name)
            )

    def next_due(self) -> float:
        """Return when something is due next, in seconds since the epoch; infinity when nothing is."""
        return min(self._due())

    def _due(self) -> tuple[float, float]:
        """Return when a schedule and when an execution is due next; remembered until something is written."""
        if self._next is None:
            schedules, executions = self._db.execute(
                "SELECT (SELECT min(due) FROM schedules WHERE due IS NOT NULL), "
                "(SELECT min(due) FROM executions WHERE due IS NOT NULL)"
            ).fetchone()
            self._next = (
                math.inf if schedules is None else schedules,
                math.inf if executions is None else executions,
            )
        return self._next

    def begin(self, now: float) -> list[Execution]:
        """Mark what is due as begun, in the order of its time, and return it; a hundred at most.

        Parameters
        ----------
        now
            In seconds since the epoch.
        """
        waiting = self._due()[1] <= now
        with self._writing(durable=False):
            again = self._db.execute(_AGAIN, (now, _BATCH)).fetchall() if waiting else []
            due = self._db.execute(_SCHEDULES + "WHERE due <= ? ORDER BY due, grp, name LIMIT ?", (now, _BATCH))
            begun = [self._begin(_schedule(row), row[-1], now) for row in due.fetchall()]
        return sorted([*map(_execution, again), *begun], key=lambda execution: execution.scheduled)

    def _begin(self, schedule: Schedule, scheduled: float, now: float) -> Execution:
        following = schedule.following(max(scheduled, now - _CATCH_UP)) or (None, None)
        self._db.execute(
            "UPDATE schedules SET scheduled = ?, due = ? WHERE grp = ? AND name = ?",
            (*following, schedule.group, schedule.name),
        )
        target = schedule.document["Target"]
        execution = Execution(secrets.token_hex(8), schedule.group, schedule.name, target, scheduled, now)
        self._db.execute("INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", _row(execution))
        return execution

    def again(self, execution: Execution, due: float) -> None:
        """Have an execution tried again.

        Parameters
        ----------
        execution
            As it is to be tried: its phase and the number of its next attempt.
        due
            When, in seconds since the epoch.
        """
        with self._writing(durable=False):
            self._db.execute(
                "UPDATE executions SET phase = ?, attempt = ?, due = ? WHERE id = ?",
                (execution.phase, execution.attempt, due, execution.id),
            )
            self._complete(execution)

    def end(self, execution: Execution) -> None:
        """Forget an execution that is done, however it ended."""
        with self._writing(durable=False):
            self._db.execute("DELETE FROM executions WHERE id = ?", (execution.id,))
            self._complete(execution)

    def _complete(self, execution: Execution) -> None:
        """Delete a schedule that says so when it has no time left and nothing of it is still to be delivered.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html
        """
        self._db.execute(
            "DELETE FROM schedules WHERE grp = ? AND name = ? AND due IS NULL AND "
            "json_extract(document, '$.ActionAfterCompletion') = 'DELETE' AND "
            "json_extract(document, '$.State') = 'ENABLED' AND NOT EXISTS (SELECT 1 FROM executions AS e "
            "WHERE e.grp = schedules.grp AND e.name = schedules.name AND e.phase = 'delivery')",
            (execution.group, execution.name),
        )

    @contextmanager
    def _writing(self, *, durable: bool = True) -> Iterator[None]:
        """Run a transaction; a durable one survives a power cut too, any one the end of the process."""
        if durable != self._durable:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        self._next = None


def _schedule_row(schedule: Schedule) -> tuple[Any, ...]:
    scheduled, due = schedule.following(schedule.modified) or (None, None)
    names = (schedule.group, schedule.name, json.dumps(dict(schedule.document)), schedule.created, schedule.modified)
    return (*names, schedule.declared, schedule.token, scheduled, due)


def _row(execution: Execution) -> tuple[Any, ...]:
    return (
        *(execution.id, execution.group, execution.name, json.dumps(dict(execution.target))),
        *(execution.scheduled, execution.begun, execution.phase, execution.attempt),
    )


def _group(row: tuple[Any, ...]) -> Group:
    name, created, modified, tags, declared, token = row
    return Group(name, created, modified, json.loads(tags), declared, token)


def _schedule(row: tuple[Any, ...]) -> Schedule:
    group, name, document, created, modified, declared, token, _scheduled = row
    return Schedule(group, name, json.loads(document), created, modified, declared, token)


def _execution(row: tuple[Any, ...]) -> Execution:
    id_, group, name, target, *rest = row
    return Execution(id_, group, name, json.loads(target), *rest)
