"""The journal: everything that happens in the local cloud, kept in SQLite.

Writers call :meth:`Journal.append`, which only puts the entry into memory; a thread writes batches to disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["request", "invocation", "log", "message", "metric", "alarm", "system"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Parameters
    ----------
    time
        When, in seconds since the epoch.
    kind
        What sort of thing.
    subject
        What it concerns: the name of a function, API, queue or alarm.
    text
        The line that a person reads.
    request_id
        The request or invocation that it belongs to, when there is one.
    level
        ``"DEBUG"``, ``"INFO"``, ``"WARNING"``, ``"ERROR"``.
    data
        What a program reads: for an invocation ``duration_ms``, ``init_ms`` (cold start only), ``memory_mb``, ``error``,
        ``status`` (``"ok"``, ``"error"``, ``"timeout"``, ``"crash"``, ``"throttled"``); for a request ``method``, ``path``, ``route``,
        ``status``, ``latency_ms``, ``integration_latency_ms``, ``bytes``, ``api``, ``stage``; for a metric ``namespace``,
        ``name``, ``dimensions``, ``value``, ``unit``.
    """

    time: float
    kind: Kind
    subject: str
    text: str
    request_id: str | None = None
    level: str = "INFO"
    data: Mapping[str, Any] = field(default_factory=dict)


class Recorder(Protocol):
    """Takes entries: the journal, or a list in a test."""

    def append(self, entry: Entry, /) -> None:
        """Take one entry; returns at once."""
        ...
