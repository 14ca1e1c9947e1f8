"""The journal on disk: one SQLite file that one process writes and any number of processes read."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.local.entries import Entry, Selection
from cumulo.local.journal_rows import decoded, rows, storable

VERSION = 2

_SCHEMA = f"""
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS slices (
        id INTEGER PRIMARY KEY AUTOINCREMENT, slice INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
        began REAL NOT NULL, ended REAL NOT NULL, entries BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS slices_by_kind ON slices (kind, ended, subject);
    PRAGMA user_version = {VERSION};
    COMMIT;
"""
_NEWEST = "SELECT seq FROM sqlite_sequence WHERE name = 'slices'"
_INSERT = "INSERT INTO slices (id, slice, kind, subject, began, ended, entries) VALUES "
# Rows for one statement. SQLite runs a statement without Python's global lock, so fewer statements mean
# fewer waits for an event loop that is busy.
_ROWS = 64
# Entries come in the order of time, give or take moments, so the oldest are those with the lowest ids.
_DELETE_OLDEST = "DELETE FROM slices WHERE id < (SELECT min(id) FROM slices) + 5000"
_NEWEST_ROWS = "SELECT subject, entries FROM slices WHERE kind = ? ORDER BY ended DESC LIMIT ?"
_LOOK = 2_000
_AGED = " AND ended < ?"
_SURPLUS = " AND id <= (SELECT max(id) FROM slices) - ?"


@dataclass(frozen=True)
class Retention:
    """How much the journal keeps; what is older goes first.

    Parameters
    ----------
    entries
        At most so many entries, give or take those of a few seconds.
    days
        Nothing older than so many days.
    megabytes
        No larger a file than this.
    """

    entries: int = 500_000
    days: float = 7
    megabytes: float = 512


def open_for_writing(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open or create the file; what cannot be read as a journal is set aside, not overwritten.

    Returns
    -------
    tuple[sqlite3.Connection, Path | None]
        The connection, usable from any thread, and where an unreadable file was moved to.

    Raises
    ------
    sqlite3.OperationalError, OSError
        When it can be neither opened nor created: no space, no permission.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path), None
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        aside = set_aside(path)
        return _open(path), aside


def set_aside(path: Path) -> Path:
    """Rename an unreadable journal and return its new path."""
    aside = path.with_name(f"{path.name}.unreadable-{time.time_ns()}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def insert(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Write entries in one transaction."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        newest = connection.execute(_NEWEST).fetchone()
        made = list(rows(entries, newest[0] + 1 if newest else 1))
        for start in range(0, len(made), _ROWS):
            part = made[start : start + _ROWS]
            values = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(part))
            connection.execute(_INSERT + values, [value for row in part for value in row])


def prune(connection: sqlite3.Connection, retention: Retention, now: float) -> None:
    """Delete what the retention does not keep, a few at a time so that readers and the writer get their turns."""
    while _delete(connection, _DELETE_OLDEST + _AGED, now - retention.days * 86_400):
        pass
    while _delete(connection, _DELETE_OLDEST + _SURPLUS, retention.entries):
        pass
    while _megabytes(connection) > retention.megabytes and _delete(connection, _DELETE_OLDEST):
        pass


def forget_logs(path: Path, before: Mapping[str, float]) -> None:
    """Delete log lines: of each function or API, by its name, those older than a time in seconds since the epoch."""
    with closing(sqlite3.connect(path, timeout=5)) as connection, connection:
        connection.executemany("DELETE FROM slices WHERE kind = 'log' AND subject = ? AND ended < ?", before.items())


def select(path: Path, selection: Selection) -> list[tuple[int, Entry]]:
    """Read the selected entries with their ids, oldest first; none when there is no file yet.

    Raises
    ------
    CumuloError
        When the file cannot be read as a journal.
    """
    with _reading(path) as connection:
        return query(connection, selection) if connection else []


def subjects(path: Path, kind: str) -> set[str]:
    """Return the subjects that entries of one kind concern."""
    with _reading(path) as connection:
        if connection is None:
            return set()
        found = connection.execute("SELECT DISTINCT subject FROM slices WHERE kind = ?", [kind])
        return {subject for (subject,) in found}


def newest(path: Path, kind: str, *, each: int) -> dict[str, list[Entry]]:
    """Read the newest entries of one kind, so many of each subject, the newest first.

    It looks at no more than the newest rows, so that it takes milliseconds however large the file is.

    Raises
    ------
    CumuloError
        When the file cannot be read as a journal.
    """
    found: dict[str, list[Entry]] = {}
    with _reading(path) as connection:
        for subject, packed in connection.execute(_NEWEST_ROWS, [kind, _LOOK]) if connection else ():
            entries = found.setdefault(subject, [])
            if len(entries) < each:
                entries += [entry for _, entry in reversed(decoded(packed))]
    return {subject: entries[:each] for subject, entries in found.items()}


def follow(path: Path, selection: Selection, *, interval: float = 0.2) -> Iterator[Entry]:
    """Yield the entries of ``selection`` as another process writes them, for ever.

    Starts after ``selection.after_id``, or with the first entry there is. Waits for a file that does not exist
    yet, and starts again with the new file when it is replaced.

    Parameters
    ----------
    interval
        Seconds between two looks at the file.
    """
    after = selection.after_id or 0
    file = None
    while True:
        found: list[tuple[int, Entry]] = []
        with _reading(path) as connection:
            if connection is not None:
                present = _identity(connection)
                after = after if file in (None, present) else 0
                file = present
                found = query(connection, replace(selection, after_id=after, limit=1_000))
        yield from (entry for _, entry in found)
        if found:
            after = found[-1][0]
        else:
            time.sleep(interval)


def last_id(path: Path) -> int:
    """Return the id of the newest entry; 0 when there is none."""
    with _reading(path) as connection:
        newest = connection.execute("SELECT max(id) FROM slices").fetchone()[0] if connection else None
    return int(newest or 0)


def query(connection: sqlite3.Connection, selection: Selection) -> list[tuple[int, Entry]]:
    """Read the selected entries with their ids, oldest first."""
    after, limit = selection.after_id or 0, selection.limit
    newest = limit is not None and selection.after_id is None
    conditions, parameters = _conditions(selection)
    # The conditions are constants, their values are bound. The index is for spans of time.
    source = "slices" if limit is None and selection.after_id is None else "slices NOT INDEXED"
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    order = "" if limit is None else f"ORDER BY id {'DESC' if newest else 'ASC'}"
    statement = f"SELECT slice, entries FROM {source} {where} {order}"  # noqa: S608
    found: list[tuple[int, Entry]] = []
    for _, of_slice in groupby(connection.execute(statement, parameters), key=itemgetter(0)):
        for _, entries in of_slice:
            found += [pair for pair in decoded(entries) if pair[0] > after and selection.takes(pair[1])]
        if limit is not None and len(found) >= limit:
            break
    found.sort(key=itemgetter(0))
    if limit is None:
        return found
    return found[max(0, len(found) - limit) :] if newest else found[:limit]


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the file for reading only, whether a process writes it or not; ``None`` when nothing was written yet."""
    if not path.exists():
        yield None
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            begun = connection.execute("PRAGMA user_version").fetchone()[0] != 0
            yield connection if begun else None
    except sqlite3.DatabaseError as problem:
        raise CumuloError(
            f"the journal cannot be read ({problem})",
            where=str(path),
            hint="`cumulo dev` sets an unreadable journal aside and begins a new one",
        ) from None


def _conditions(selection: Selection) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    for column, values in (("kind", selection.kinds), ("subject", selection.subjects)):
        if values:
            conditions.append(f"{column} IN ({', '.join('?' * len(values))})")
            parameters.extend(values)
    for condition, value in (
        ("ended >= ?", selection.since),
        ("began < ?", selection.until),
        ("id > ?", selection.after_id),
        # Entries are decoded only where SQLite finds the words that are looked for.
        ("instr(entries, ?) > 0", None if selection.request_id is None else storable(selection.request_id)),
        ("instr(entries, ?) > 0", None if selection.text is None else storable(selection.text)),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    return conditions, parameters


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"format {version}")
        if not version:
            # Tells this file from its successors at the same path.
            connection.execute(f"PRAGMA application_id = {secrets.randbelow(2**31)}")
        connection.executescript(_SCHEMA)
        query(connection, Selection(limit=1))
    except BaseException:
        connection.close()
        raise
    return connection


def _identity(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def _delete(connection: sqlite3.Connection, statement: str, *parameters: float) -> int:
    with connection:
        return connection.execute(statement, parameters).rowcount


def _megabytes(connection: sqlite3.Connection) -> float:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return float((pages - free) * size / 1_000_000)
