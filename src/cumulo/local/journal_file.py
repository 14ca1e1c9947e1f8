"""The journal on disk: one SQLite file that one process writes and any number of processes read."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.local.entries import Entry, Selection

VERSION = 1

_SCHEMA = f"""
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time REAL NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
        request_id TEXT, level TEXT NOT NULL, data TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS entries_by_kind ON entries (kind, time);
    PRAGMA user_version = {VERSION};
    COMMIT;
"""
# No index by request id: ids are random, so each entry would write a page of the index of its own, which takes longer
# than the entry itself, to make a search faster that people seldom make.
_INSERT = "INSERT INTO entries (time, kind, subject, text, request_id, level, data) VALUES "
# Rows for one statement. SQLite runs a statement without Python's global lock, so fewer statements mean
# fewer waits for an event loop that is busy: 6,000 entries/s are written beside a thread that never pauses.
_ROWS = 64
# Entries come in the order of time, give or take moments, so the oldest are those with the lowest ids.
_DELETE_OLDEST = "DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT ?)"
_DELETE_AGED = "DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY id LIMIT ?) AND time < ?"
_SLICE = 5_000
# Made once: json.dumps() makes one for each call that does not use its defaults.
_ENCODER = json.JSONEncoder(default=str)


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


def insert(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Write entries in one transaction."""
    rows = [_row(entry) for entry in entries]
    with connection:
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            values = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(part))
            connection.execute(_INSERT + values, [value for row in part for value in row])


def prune(connection: sqlite3.Connection, retention: Retention, now: float) -> None:
    """Delete what the retention does not keep, a slice at a time so that readers and the writer get their turns."""
    while _delete(connection, _DELETE_AGED, _SLICE, now - retention.days * 86_400) == _SLICE:
        pass
    surplus = connection.execute("SELECT count(*) FROM entries").fetchone()[0] - retention.entries
    while surplus > 0:
        surplus -= _delete(connection, _DELETE_OLDEST, min(surplus, _SLICE)) or surplus
    while _megabytes(connection) > retention.megabytes and _delete(connection, _DELETE_OLDEST, _SLICE):
        pass


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
        rows = connection.execute("SELECT DISTINCT subject FROM entries WHERE kind = ?", [kind])
        return {subject for (subject,) in rows}


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
    newest = select(path, Selection(limit=1))
    return newest[0][0] if newest else 0


def query(connection: sqlite3.Connection, selection: Selection) -> list[tuple[int, Entry]]:
    """Read the selected entries with their ids, oldest first."""
    conditions, parameters = _conditions(selection)
    newest = selection.limit is not None and selection.after_id is None
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = "" if selection.limit is None else "LIMIT ?"
    if selection.limit is not None:
        parameters.append(selection.limit)
    # The conditions are constants, their values are bound.
    statement = f"SELECT * FROM entries {where} ORDER BY id {'DESC' if newest else 'ASC'} {limit}"  # noqa: S608
    found = [_entry(row) for row in connection.execute(statement, parameters)]
    return found[::-1] if newest else found


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the file for reading only, whether a process writes it or not; ``None`` when nothing was written yet."""
    if not path.exists():
        yield None
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            connection.text_factory = _text
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
        ("request_id = ?", selection.request_id),
        ("time >= ?", selection.since),
        ("time < ?", selection.until),
        ("id > ?", selection.after_id),
        ("instr(text, ?) > 0", selection.text),
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


def _row(entry: Entry) -> tuple[Any, ...]:
    data = _ENCODER.encode(entry.data) if entry.data else "{}"
    text, subject = _storable(entry.text), _storable(entry.subject)
    return (entry.time, entry.kind, subject, text, entry.request_id, entry.level, data)


def _entry(row: tuple[Any, ...]) -> tuple[int, Entry]:
    id_, when, kind, subject, text, request_id, level, data = row
    return id_, Entry(when, kind, subject, text, request_id, level, json.loads(data) if data != "{}" else {})


def _storable(text: str) -> str:
    # SQLite takes UTF-8 only: the surrogates that stand for undecodable bytes become question marks.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _delete(connection: sqlite3.Connection, statement: str, *parameters: float) -> int:
    with connection:
        return connection.execute(statement, parameters).rowcount


def _megabytes(connection: sqlite3.Connection) -> float:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return float((pages - free) * size / 1_000_000)
