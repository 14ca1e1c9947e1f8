"""Many entries to a row: whatever is asked for, the answer is that of a plain list."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.local import journal_file
from cumulo.local.entries import Entry, Selection
from cumulo.local.journal_rows import SLICE, decoded, rows

KINDS = ("log", "request", "invocation")
SUBJECTS = ("create", "list", "api")


def entries_of(kinds: Sequence[str], subjects: Sequence[str]) -> st.SearchStrategy[Entry]:
    return st.builds(
        Entry,
        time=st.integers(0, 20).map(float),
        kind=st.sampled_from(kinds),
        subject=st.sampled_from(subjects),
        text=st.text(alphabet='ab"\\é\n', max_size=3),
        request_id=st.sampled_from([None, "r-1", "r-2", "log"]),
        level=st.just("INFO"),
        data=st.just({}),
    )


BATCHES = st.lists(st.lists(entries_of(KINDS, SUBJECTS), max_size=8), max_size=5)
SELECTIONS = st.builds(
    Selection,
    kinds=st.lists(st.sampled_from(KINDS), max_size=2).map(tuple),
    subjects=st.lists(st.sampled_from(SUBJECTS), max_size=2).map(tuple),
    request_id=st.sampled_from([None, None, "r-1", "log"]),
    since=st.none() | st.integers(0, 20).map(float),
    until=st.none() | st.integers(0, 20).map(float),
    after_id=st.none() | st.integers(0, 40),
    text=st.none() | st.text(alphabet='ab"\\é\n', max_size=2),
    limit=st.none() | st.integers(0, 10),
)


def expected(entries: Sequence[Entry], selection: Selection) -> list[tuple[int, Entry]]:
    """Select from a list."""
    found = [
        (id_, entry)
        for id_, entry in enumerate(entries, 1)
        if id_ > (selection.after_id or 0) and selection.takes(entry)
    ]
    if selection.limit is None:
        return found
    return found[: selection.limit] if selection.after_id is not None else found[::-1][: selection.limit][::-1]


@settings(max_examples=100, deadline=None)
@given(batches=BATCHES, selection=SELECTIONS, size=st.integers(1, 9))
def test_any_selection_is_that_of_a_list(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Entry]], selection: Selection, size: int
) -> None:
    connection, _ = journal_file.open_for_writing(tmp_path_factory.mktemp("journal") / "journal.sqlite")
    with closing(connection), pytest.MonkeyPatch.context() as patch:
        patch.setattr("cumulo.local.journal_rows.SLICE", size)
        for batch in batches:
            journal_file.insert(connection, batch)
        assert journal_file.query(connection, selection) == expected([e for b in batches for e in b], selection)


def test_entries_of_a_kind_share_a_row() -> None:
    made = list(rows([Entry(float(n), KINDS[n % 3], "create", str(n)) for n in range(SLICE + 1)], 11))  # type: ignore[arg-type]
    assert len(made) == 4
    assert [(row.slice, row.kind) for row in made] == [*((11, kind) for kind in KINDS), (11 + SLICE, "log")]
    assert [id_ for id_, _ in decoded(made[0].entries)] == list(range(11, 11 + SLICE, 3))
    assert (made[1].began, made[1].ended) == (1.0, SLICE - 2)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a": [1, None, True, 1.5]}, {"a": [1, None, True, 1.5]}),
        (10**30, 1e30),
        (float("inf"), math.inf),
        ("\ud800", "?"),
        (Path("a"), "a"),
    ],
)
def test_any_data_is_kept(tmp_path: Path, value: Any, kept: Any) -> None:
    path = tmp_path / "journal.sqlite"
    connection, _ = journal_file.open_for_writing(path)
    journal_file.insert(connection, [Entry(0.0, "log", "create", "a", data={"value": value})])
    connection.close()
    assert journal_file.select(path, Selection())[0][1].data == {"value": kept}


def test_entries_that_are_damaged_are_an_error_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    connection, _ = journal_file.open_for_writing(path)
    with closing(connection):
        journal_file.insert(connection, [Entry(0.0, "log", "create", "a")])
        for damage in (b"", b"\xc1", b"\x93\x01", b"\x91\x01", b"\x91\x92\x01\x90", b"\x91\x92\x01\x92\xa1\xff\x01"):
            with connection:
                connection.execute("UPDATE slices SET entries = ?", [damage])
            with pytest.raises(CumuloError, match="damaged") as caught:
                journal_file.select(path, Selection())
            assert caught.value.hint


def test_ids_are_not_used_again_when_everything_was_too_old(tmp_path: Path) -> None:
    connection, _ = journal_file.open_for_writing(tmp_path / "journal.sqlite")
    with closing(connection):
        journal_file.insert(connection, [Entry(0.0, "log", "create", "a")] * 3)
        journal_file.prune(connection, journal_file.Retention(days=1), 1e6)
        journal_file.insert(connection, [Entry(1e6, "log", "create", "b")])
        assert [id_ for id_, _ in journal_file.query(connection, Selection())] == [4]


def test_what_comes_after_an_entry_is_found_without_reading_what_came_before(tmp_path: Path) -> None:
    connection, _ = journal_file.open_for_writing(tmp_path / "journal.sqlite")
    with closing(connection):
        for number in range(10):
            journal_file.insert(connection, [Entry(float(number), "log", "create", str(number))])
        # Damaged, so that reading them would fail.
        connection.execute("UPDATE slices SET entries = x'c1' WHERE id < 10")
        for selection in (
            Selection(("log",), after_id=9),
            Selection(("log",), since=9.0),
            Selection(("log",), limit=1),
        ):
            assert [entry.text for _, entry in journal_file.query(connection, selection)] == ["9"]
        with pytest.raises(sqlite3.DatabaseError):
            journal_file.query(connection, Selection())
