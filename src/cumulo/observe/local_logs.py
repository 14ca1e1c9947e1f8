"""The log lines of a stage that runs on this machine: those in its journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from cumulo.local import journal_file
from cumulo.local.entries import Entry, Selection
from cumulo.observe.lines import LogLine, Query


class LocalLogs:
    """Reads the journal of a stage, whether `cumulo dev` runs or not.

    Lines of kind ``"log"``, and how invocations ended that did not end well: a timeout writes no line of its own. They
    are stamped with the time of the stage's clock, which may have been moved.

    Parameters
    ----------
    journal
        The journal's file.
    declared
        Names of the functions that the stage declares, besides those that the journal knows.
    interval
        Seconds between two looks at the file while following.
    """

    def __init__(self, journal: Path, *, declared: Sequence[str] = (), interval: float = 0.2) -> None:
        self._journal, self._declared, self._interval = journal, declared, interval
        self._is_api: dict[str, bool] = {}

    def functions(self) -> Sequence[str]:
        """Return the names of the functions that are known."""
        return sorted({*self._declared, *journal_file.subjects(self._journal, "invocation")})

    def apis(self) -> Sequence[str]:
        """Return the names of the APIs that have been called."""
        return sorted(journal_file.subjects(self._journal, "request"))

    def read(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, oldest first."""
        entries = [entry for _, entry in journal_file.select(self._journal, _selection(query))]
        # Lines of several functions are written as they are read from their pipes, a moment earlier or later.
        return self._lines(iter(sorted(entries, key=attrgetter("time"))), query)

    def follow(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, then new ones as they come, for ever."""
        return self._lines(journal_file.follow(self._journal, _selection(query), interval=self._interval), query)

    def _lines(self, entries: Iterator[Entry], query: Query) -> Iterator[LogLine]:
        for entry in entries:
            if self._is_shown(entry, query):
                line = LogLine(entry.time, entry.subject, entry.text, entry.level, entry.request_id)
                if query.takes(line):
                    yield line

    def _is_shown(self, entry: Entry, query: Query) -> bool:
        if entry.kind == "invocation":
            return entry.data.get("status") != "ok"
        if query.functions:
            return True
        # An API writes each request before its access log line, so the first line tells already what it is.
        if entry.subject not in self._is_api:
            self._is_api[entry.subject] = entry.subject in self.apis()
        return not self._is_api[entry.subject]


def _selection(query: Query) -> Selection:
    return Selection(
        kinds=("log", "invocation"),
        subjects=query.functions,
        request_id=query.request_id,
        since=query.since,
        text=query.text,
    )
