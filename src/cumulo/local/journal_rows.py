"""How entries become rows of the journal's file: many to a row, so that writing them costs little."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgpack

from cumulo.local.entries import Entry

SLICE = 192
"""How many entries at most are encoded in one go: some 0.1 ms, in which no other thread of Python runs."""


class Row(NamedTuple):
    """The entries of one kind and subject out of a slice of entries that were written together.

    Parameters
    ----------
    id
        The id of the last of them: rows and entries have the same order.
    slice
        The id of the first entry of the slice. The rows of a slice have ids that no other slice's lie between.
    kind, subject
        What they have in common.
    began, ended
        The first and the last of their times.
    entries
        Themselves with their ids, as MessagePack.
    """

    id: int
    slice: int
    kind: str
    subject: str
    began: float
    ended: float
    entries: bytes


def rows(entries: Sequence[Entry], first: int) -> Iterator[Row]:
    """Yield the rows of entries of which the first gets the id ``first``."""
    for start in range(0, len(entries), SLICE):
        groups: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
        for id_, entry in enumerate(entries[start : start + SLICE], first + start):
            groups.setdefault((entry.kind, entry.subject), []).append((id_, entry))
        for (kind, subject), pairs in groups.items():
            last = pairs[-1][0]
            times = [entry.time for _, entry in pairs]
            name = storable(subject).decode()
            yield Row(last, first + start, kind, name, min(times), max(times), _encoded(pairs))


def decoded(entries: bytes) -> list[tuple[int, Entry]]:
    """Return the entries of a row with their ids.

    Raises
    ------
    sqlite3.DatabaseError
        When they are damaged.
    """
    try:
        return [(id_, Entry(*fields)) for id_, fields in msgpack.unpackb(entries)]
    except (ValueError, TypeError, msgpack.UnpackException) as problem:
        raise sqlite3.DatabaseError("entries are damaged") from problem


def storable(text: str) -> bytes:
    """Return a text as it is stored: in UTF-8, surrogates, which stand for undecodable bytes, as question marks."""
    return text.encode("utf-8", "replace")


def _encoded(pairs: Sequence[tuple[int, Entry]]) -> bytes:
    packed: bytes = msgpack.packb(pairs, default=_plain, unicode_errors="replace")
    return packed


def _plain(value: object) -> object:
    """Return what can be stored of a value that MessagePack has no type for."""
    if isinstance(value, Mapping):
        return dict(value)
    return float(value) if isinstance(value, int) else str(value)
