"""What the journal of a local run tells the guidelines."""

import os
import sqlite3
import time

import pytest

from cumulo.cli.facts import read_facts
from cumulo.guidelines.facts import NOTHING, FunctionFacts
from cumulo.local.entries import Entry
from cumulo.local.functions.recording import import_entry
from cumulo.local.journal import Journal


@pytest.fixture
def record(tmp_path):
    """Write entries to the project's journal, as `cumulo dev` does."""
    path = tmp_path / ".cumulo" / "local" / "dev" / "journal.sqlite"

    def write(*entries):
        journal = Journal(path)
        for entry in entries:
            journal.append(entry)
        journal.close()
        return path

    return write


NOW = time.time()  # what is old is not kept


def invoked(function, used, *, memory=256, at=1.0, init=None, **more):
    data = {"status": "ok", "duration_ms": 5.0, "memory_mb": memory, "max_memory_mb": used, **more}
    return Entry(NOW + at, "invocation", function, "ok", "r", "INFO", data | ({"init_ms": init} if init else {}))


def test_a_stage_that_has_not_run_here_has_no_facts_and_nothing_is_made(tmp_path):
    assert read_facts(tmp_path, "dev") is NOTHING
    assert not list(tmp_path.iterdir())


def test_memory_invocations_and_the_longest_init_phase(tmp_path, record):
    record(
        invoked("create", 80, at=1, init=400.0), invoked("create", 95, at=2), invoked("create", 90, at=3, init=250.0)
    )
    record(invoked("read", 60, at=4))
    facts = read_facts(tmp_path, "dev")
    assert facts.functions == {"create": FunctionFacts(256, 95, 3, 0.4), "read": FunctionFacts(256, 60, 1)}
    assert read_facts(tmp_path, "prod") is NOTHING


def test_only_what_was_measured_with_the_newest_memory_counts(tmp_path, record):
    record(
        invoked("f", 70, memory=512, at=1),
        invoked("f", 300, memory=1024, at=2),
        invoked("f", 80, memory=512, at=3),
        Entry(NOW + 4, "invocation", "f", "throttled", "r", "WARNING", {"status": "throttled", "memory_mb": 512}),
        invoked("f", 85, memory=512, at=5),
    )
    assert read_facts(tmp_path, "dev").functions == {"f": FunctionFacts(512, 85, 2)}


def test_the_last_import_of_a_module_counts(tmp_path, record):
    record(import_entry(NOW + 1, "boto3", 0.3), import_entry(NOW + 1, "pydantic", 0.05))
    record(import_entry(NOW + 2, "boto3", 0.1))
    assert read_facts(tmp_path, "dev").imports == {"boto3": 0.1, "pydantic": 0.05}


def test_the_newest_invocations_of_each_function_are_read_however_many_there_are(tmp_path, record):
    many = [invoked(f"f{n % 3}", 200 if n < 4_500 else 100, at=n / 1000) for n in range(6_000)]
    record(*many, *(Entry(NOW, "log", "f1", "line") for _ in range(3_000)))
    functions = read_facts(tmp_path, "dev").functions
    assert functions == {f"f{n}": FunctionFacts(256, 100, 200) for n in range(3)}


def test_a_journal_that_is_being_written_is_read(tmp_path, record):
    journal = Journal(record())
    journal.append(invoked("f", 60))
    journal.flush()
    assert read_facts(tmp_path, "dev").functions["f"].max_memory == 60
    journal.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"no database" * 500),
        lambda path: path.write_bytes(b""),
        lambda path: os.truncate(path, 5_000),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: _execute(path, "UPDATE slices SET entries = x'ff00'"),
        lambda path: _execute(path, "DROP TABLE slices"),
    ],
)
def test_a_damaged_journal_says_nothing(tmp_path, record, damage):
    path = record(invoked("f", 60))
    assert read_facts(tmp_path, "dev") != NOTHING
    damage(path)
    assert read_facts(tmp_path, "dev") == NOTHING


@pytest.mark.parametrize("data", [{}, {"max_memory_mb": "60"}, {"max_memory_mb": 60, "memory_mb": None}])
def test_entries_without_what_is_looked_for_are_passed_over(tmp_path, record, data):
    record(Entry(NOW, "invocation", "f", "ok", "r", "INFO", data), Entry(NOW, "import", "boto3", "?"))
    assert read_facts(tmp_path, "dev") == NOTHING


def _execute(path, statement):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()
