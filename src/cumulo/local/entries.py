"""What the journal holds: entries, who takes them, and how some of them are selected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

Kind = Literal["request", "invocation", "log", "message", "metric", "import", "alarm", "mail", "schedule", "system"]

MEASURED: tuple[Kind, ...] = ("metric", "import")
"""Kinds that programs read: people are not shown them as they come."""


class Entry(NamedTuple):
    """One thing that happened.

    Parameters
    ----------
    time
        When, in seconds since the epoch.
    kind
        What sort of thing.
    subject
        What it concerns: the name of a function, API, queue, alarm or imported module.
    text
        The line that a person reads.
    request_id
        The request or invocation that it belongs to, when there is one.
    level
        ``"DEBUG"``, ``"INFO"``, ``"WARNING"``, ``"ERROR"``.
    data
        What a program reads: for an invocation ``duration_ms``, ``init_ms`` (cold start only), ``memory_mb``,
        ``error``, ``status`` (``"ok"``, ``"error"``, ``"timeout"``, ``"crash"``, ``"throttled"``); for a request
        ``method``, ``path``, ``route``, ``status``, ``latency_ms``, ``integration_latency_ms``, ``bytes``, ``api``,
        ``stage``; for a message ``queue``, ``function``, ``received``, ``failed``, ``filtered``; for a metric
        ``namespace``, ``name``, ``dimensions``, ``value`` (or ``values``), ``unit``; for an import
        ``seconds`` of processor time.
    """

    time: float
    kind: Kind
    subject: str
    text: str
    request_id: str | None = None
    level: str = "INFO"
    data: Mapping[str, Any] = MappingProxyType({})


class Recorder(Protocol):
    """Takes entries: the journal, or a list in a test."""

    def append(self, entry: Entry, /) -> None:
        """Take one entry; returns at once."""
        ...


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries of the journal: those that meet every condition given.

    Parameters
    ----------
    kinds, subjects
        Any of these; empty for all.
    request_id
        Of this request or invocation only.
    since, until
        From ``since`` up to but not including ``until``, in seconds since the epoch.
    after_id
        Written after the entry of this id.
    text
        With this text in their line, upper and lower case told apart.
    limit
        At most so many: the first ones after ``after_id`` when it is given, the newest ones otherwise.
    """

    kinds: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    request_id: str | None = None
    since: float | None = None
    until: float | None = None
    after_id: int | None = None
    text: str | None = None
    limit: int | None = None

    def takes(self, entry: Entry) -> bool:
        """Tell whether an entry meets the conditions; ``after_id`` and ``limit`` do not concern a single entry."""
        return (
            (not self.kinds or entry.kind in self.kinds)
            and (not self.subjects or entry.subject in self.subjects)
            and (self.request_id is None or entry.request_id == self.request_id)
            and (self.since is None or entry.time >= self.since)
            and (self.until is None or entry.time < self.until)
            and (self.text is None or self.text in entry.text)
        )
