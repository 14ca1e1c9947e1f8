"""The log lines of a stage that runs on this machine: those in its journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cumulo.local import journal_file
from cumulo.local.entries import Entry, Selection
from cumulo.observe.lines import LogLine, Query


class LocalLogs:
    """Reads the journal of a stage, whether `cumulo dev` runs or not.

    Lines of kind ``"log"``, and how invocations ended that did not end well: a timeout writes no line of its own.

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

    def functions(self) -> Sequence[str]:
        """Return the names of the functions that are known."""
        return sorted({*self._declared, *journal_file.subjects(self._journal, "invocation")})

    def read(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, oldest first."""
        entries = (entry for _, entry in journal_file.select(self._journal, _selection(query)))
        return _lines(entries, query)

    def follow(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, then new ones as they come, for ever."""
        return _lines(journal_file.follow(self._journal, _selection(query), interval=self._interval), query)


def _selection(query: Query) -> Selection:
    return Selection(
        kinds=("log", "invocation"),
        subjects=query.functions,
        request_id=query.request_id,
        since=query.since,
        text=query.text,
    )


def _lines(entries: Iterator[Entry], query: Query) -> Iterator[LogLine]:
    for entry in entries:
        if entry.kind == "log" or entry.data.get("status") != "ok":
            line = LogLine(entry.time, entry.subject, entry.text, entry.level, entry.request_id)
            if query.takes(line):
                yield line
