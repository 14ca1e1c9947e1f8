"""The journal: nothing lost, nothing waited for, found again."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.local import journal_file
from cumulo.local.journal import Entry, Journal, Retention, Selection
from cumulo.local.journal_rows import SLICE

NOW = time.time()


def log(text: str, *, at: float = NOW, subject: str = "create", **more: object) -> Entry:
    return Entry(at, "log", subject, text, **more)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    yield journal
    journal.close()


class TestFinding:
    def test_entries_come_back_as_they_were(self, journal: Journal) -> None:
        entry = Entry(NOW + 12.5, "invocation", "create", "done", "r-1", "ERROR", {"ms": 1.5, "nested": {"a": [1]}})
        journal.append(entry)
        assert journal.entries() == [entry]

    def test_what_was_appended_is_seen_at_once(self, journal: Journal) -> None:
        for number in range(3):
            journal.append(log(str(number)))
            assert len(journal.entries()) == number + 1

    @pytest.mark.parametrize(
        ("conditions", "texts"),
        [
            ({"kind": "log"}, ["a", "b"]),
            ({"kind": ["request", "log"]}, ["a", "b", "c"]),
            ({"subject": "list"}, ["b"]),
            ({"request_id": "r-2"}, ["b", "c"]),
            ({"since": NOW + 2}, ["b", "c"]),
            ({"until": NOW + 2}, ["a"]),
            ({"text": "b"}, ["b"]),
            ({"text": "B"}, []),
            ({"after_id": 1}, ["b", "c"]),
            ({"after_id": 1, "limit": 1}, ["b"]),
            ({"limit": 1}, ["c"]),
        ],
    )
    def test_conditions(self, journal: Journal, conditions: dict[str, object], texts: list[str]) -> None:
        journal.append(log("a", at=NOW + 1))
        journal.append(log("b", at=NOW + 2, subject="list", request_id="r-2"))
        journal.append(Entry(NOW + 3, "request", "api", "c", "r-2"))
        assert [entry.text for entry in journal.entries(**conditions)] == texts  # type: ignore[arg-type]

    @settings(max_examples=25, deadline=None)
    @given(texts=st.lists(st.text(st.characters(exclude_categories=())), max_size=5))
    def test_any_text_is_kept(self, texts: list[str]) -> None:
        journal = Journal(None)
        try:
            for text in texts:
                journal.append(log(text, request_id="r", data={"text": text, "number": float("nan")}))
            kept = [entry.text for entry in journal.entries()]
            assert kept == [text.encode("utf-8", "replace").decode() for text in texts]
        finally:
            journal.close()

    def test_a_journal_without_a_path_leaves_nothing(self) -> None:
        journal = Journal(None)
        journal.append(log("a"))
        assert journal.entries() == [log("a")]
        journal.close()
        assert not journal.path.exists()


class TestKeeping:
    def test_close_writes_everything(self, path: Path) -> None:
        journal = Journal(path)
        for number in range(5_000):
            journal.append(log(str(number)))
        journal.close()
        journal.close()
        assert [entry.text for _, entry in journal_file.select(path, Selection())] == [str(n) for n in range(5_000)]

    def test_ids_go_on_after_a_restart(self, path: Path) -> None:
        for text in ("a", "b"):
            journal = Journal(path)
            journal.append(log(text))
            journal.close()
        assert [(id_, entry.text) for id_, entry in journal_file.select(path, Selection())] == [(1, "a"), (2, "b")]

    def test_threads_may_append(self, journal: Journal) -> None:
        def write(name: int) -> None:
            for number in range(500):
                journal.append(log(f"{name} {number}"))

        threads = [threading.Thread(target=write, args=[name]) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({entry.text for entry in journal.entries()}) == 2_000

    def test_more_than_memory_is_set_aside_for_is_held_back_not_lost(
        self, journal: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cumulo.local.journal._PENDING_ENTRIES", 100)
        for number in range(2_000):
            journal.append(log(str(number)))
        texts = [entry.text for entry in journal.entries()]
        assert texts == [str(n) for n in range(2_000)]

    def test_metrics_in_log_lines_become_entries(self, journal: Journal) -> None:
        stamp = int(time.time() * 1000)
        line = (
            f'{{"_aws": {{"Timestamp": {stamp}, "CloudWatchMetrics": [{{"Namespace": "shop", "Dimensions": [[]],'
            ' "Metrics": [{"Name": "orders"}]}]}, "orders": 2}'
        )
        journal.append(log(line, at=time.time(), request_id="r-1"))
        (metric,) = journal.entries(kind="metric")
        assert (metric.data["name"], metric.data["value"], metric.request_id) == ("orders", 2, "r-1")

    def test_killed_it_loses_at_most_the_last_moments(self, path: Path) -> None:
        code = (
            "import sys, time\nfrom pathlib import Path\nfrom cumulo.local.journal import *\n"
            "journal = Journal(Path(sys.argv[1]))\n"
            "for number in range(10**9):\n"
            "    journal.append(Entry(time.time(), 'log', 'f', str(number)))\n"
            "    if number % 100 == 0: print(number, flush=True)\n"
            "    time.sleep(0.0001)\n"
        )
        with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            seen = 0
            while seen < 3_000:
                seen = int(writer.stdout.readline())
                time_seen = time.time()
            os.kill(writer.pid, signal.SIGKILL)
        kept = [entry for _, entry in journal_file.select(path, Selection())]
        assert [entry.text for entry in kept] == [str(n) for n in range(len(kept))]
        assert kept[-1].time > time_seen - 1

    @pytest.mark.parametrize("content", [b"not a database at all, " * 500, b"SQLite format 3\x00" + b"\xff" * 8000])
    def test_an_unreadable_file_is_kept_aside_and_said(self, path: Path, content: bytes) -> None:
        path.parent.mkdir()
        path.write_bytes(content)
        journal = Journal(path)
        journal.append(log("a"))
        said, kept = journal.entries()
        journal.close()
        (aside,) = path.parent.glob("journal.sqlite.unreadable-*")
        assert aside.read_bytes() == content
        assert said.kind == "system"
        assert aside.name in said.text
        assert kept == log("a")

    def test_a_file_of_a_later_version_is_kept_aside(self, path: Path) -> None:
        path.parent.mkdir()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")
        journal = Journal(path)
        assert "could not be read" in journal.entries()[0].text
        journal.close()

    def test_a_file_damaged_while_it_runs_is_kept_aside_and_nothing_new_is_lost(self, path: Path) -> None:
        journal = Journal(path)
        for number in range(3_000):
            journal.append(log(str(number) * 20, request_id=str(number)))
        journal.close()
        data = bytearray(path.read_bytes())
        data[8192:-8192] = b"\xee" * (len(data) - 16384)
        path.write_bytes(data)
        journal = Journal(path)
        for number in range(3_000):
            journal.append(log(f"new {number}", request_id=f"new {number}"))
        texts = {entry.text for entry in journal.entries(kind="log")}
        journal.close()
        assert {f"new {number}" for number in range(3_000)} <= texts
        assert list(path.parent.glob("journal.sqlite.unreadable-*"))

    def test_a_full_disk_is_said_once_and_entries_are_written_when_there_is_room(self, journal: Journal) -> None:
        told: list[Entry] = []
        unsubscribe = journal.subscribe(told.extend)
        connection = journal._connection
        assert connection is not None
        connection.execute("PRAGMA max_page_count = 1")
        for number in range(3):
            journal.append(log(str(number) * 10_000))
            journal.flush()
        connection.execute("PRAGMA max_page_count = 1000000")
        journal.append(log("last"))
        journal.flush()
        assert [entry.text[:1] for entry in journal.entries(kind="log")] == ["0", "1", "2", "l"]
        unsubscribe()
        assert [entry.text for entry in told if entry.kind == "system"] == [
            "the journal is not written: database or disk is full; it goes on when it can"
        ]
        assert [entry.text[:1] for entry in told if entry.kind == "log"] == ["0", "1", "2", "l"]

    def test_a_folder_that_cannot_be_written_stops_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        journal = Journal(tmp_path / "file" / "journal.sqlite")
        told: list[Entry] = []
        journal.subscribe(told.extend)
        journal.append(log("a"))
        journal.flush()
        journal.close()
        assert [entry.kind for entry in told] == ["log", "system"]


class TestRetention:
    def test_the_newest_are_kept(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cumulo.local.journal._PRUNE_EVERY", 100)
        journal = Journal(path, retention=Retention(entries=50))
        now = time.time()
        for number in range(1_000):
            journal.append(log(str(number), at=now))
            if number % 100 == 99:
                journal.flush()
        texts = [entry.text for entry in journal.entries()]
        journal.close()
        assert texts == [str(n) for n in range(1_000 - len(texts), 1_000)]
        assert 50 <= len(texts) < 50 + SLICE

    def test_old_ones_go(self, path: Path) -> None:
        connection, _ = journal_file.open_for_writing(path)
        now = 100 * 86_400.0
        for text, days in (("old", 8), ("new", 6)):
            journal_file.insert(connection, [log(text, at=now - days * 86_400)])
        journal_file.prune(connection, Retention(days=7), now)
        assert [entry.text for _, entry in journal_file.select(path, Selection())] == ["new"]
        connection.close()

    def test_the_file_has_a_bound(self, path: Path) -> None:
        connection, _ = journal_file.open_for_writing(path)
        for _ in range(4):
            journal_file.insert(connection, [log("x" * 500) for _ in range(5_000)])
            journal_file.prune(connection, Retention(megabytes=4), NOW)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        assert path.stat().st_size < 9_000_000
        assert journal_file.select(path, Selection(limit=1))[0][0] == 20_000


class TestFollowing:
    def test_a_subscriber_gets_each_entry_in_order_until_it_ends(self, journal: Journal) -> None:
        got: list[Entry] = []
        unsubscribe = journal.subscribe(got.extend)
        for number in range(500):
            journal.append(log(str(number)))
        unsubscribe()
        journal.append(log("later"))
        journal.flush()
        assert [entry.text for entry in got] == [str(n) for n in range(500)]

    def test_a_slow_subscriber_holds_nothing_up_and_is_told_what_it_missed(
        self, journal: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cumulo.local.followers._WAITING", 10)
        called, go_on = threading.Event(), threading.Event()
        got: list[Entry] = []

        def slow(entries: list[Entry]) -> None:
            called.set()
            go_on.wait(10)
            got.extend(entries)

        unsubscribe = journal.subscribe(slow)  # type: ignore[arg-type]
        for number in range(100):
            journal.append(log(str(number)))
            journal.flush()
            assert called.wait(10)
        assert len(journal.entries()) == 100
        go_on.set()
        unsubscribe()
        assert got[-1].text == "99"
        missed = [entry.text for entry in got if entry.kind == "system"]
        assert len(missed) == 1
        assert int(missed[0].split()[0]) == 100 - (len(got) - 1)

    async def test_an_event_loop_follows_a_selection(self, journal: Journal) -> None:
        async def first_three() -> list[str]:
            texts = []
            following = journal.follow(Selection(subjects=("create",)))
            async for entry in following:
                texts.append(entry.text)
                if len(texts) == 3:
                    break
            await following.aclose()  # type: ignore[attr-defined]
            return texts

        task = asyncio.create_task(first_three())
        await asyncio.sleep(0)
        for number in range(6):
            journal.append(log(str(number), subject="create" if number % 2 else "list"))
        assert await asyncio.wait_for(task, 10) == ["1", "3", "5"]

    def test_another_process_follows_the_file(self, path: Path) -> None:
        code = (
            "import sys\nfrom pathlib import Path\nfrom cumulo.local import journal_file\n"
            "from cumulo.local.entries import Selection\nprint('ready', flush=True)\n"
            "for entry in journal_file.follow(Path(sys.argv[1]), Selection(), interval=0.01):\n"
            "    print(entry.text, flush=True)\n"
            "    if entry.text == 'end': break\n"
        )
        readers = [
            subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        journal = Journal(path)
        for number in range(2_500):
            journal.append(log(str(number)))
        journal.append(log("end"))
        for reader in readers:
            lines = reader.communicate(timeout=30)[0].split()
            assert lines == [*(str(n) for n in range(2_500)), "end"]
        journal.close()

    def test_a_replaced_file_is_followed_from_its_beginning(self, path: Path) -> None:
        journal = Journal(path)
        journal.append(log("old"))
        journal.close()
        following = journal_file.follow(path, Selection(), interval=0.01)
        assert next(following).text == "old"
        for part in path.parent.iterdir():
            part.unlink()
        journal = Journal(path)
        journal.append(log("new"))
        assert next(following).text == "new"
        journal.close()


class TestReadingWithoutAWriter:
    def test_no_file_is_no_entries(self, path: Path) -> None:
        assert journal_file.select(path, Selection()) == []
        assert journal_file.last_id(path) == 0
        assert journal_file.subjects(path, "log") == set()

    def test_a_damaged_file_is_an_error_with_a_hint(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(b"nothing of the sort" * 100)
        with pytest.raises(CumuloError, match="cannot be read") as caught:
            journal_file.select(path, Selection())
        assert caught.value.hint

    def test_subjects(self, journal: Journal) -> None:
        for subject in ("create", "list", "create"):
            journal.append(log("a", subject=subject))
        journal.flush()
        assert journal_file.subjects(journal.path, "log") == {"create", "list"}
