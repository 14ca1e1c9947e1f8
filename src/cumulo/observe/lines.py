"""Log lines of a stage, wherever it runs, and how some of them are selected."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
"""From the least to the most serious."""

_SYNONYMS = {"TRACE": "DEBUG", "WARN": "WARNING", "CRITICAL": "ERROR", "FATAL": "ERROR"}
_BRACKETED = re.compile(r"^\[(\w+)\]")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a function wrote, or that Lambda wrote about it.

    Parameters
    ----------
    time
        When, in seconds since the epoch.
    function
        The function's full name.
    text
        The line without its end.
    level
        One of :data:`LEVELS`.
    request_id
        The invocation that it belongs to, when that is known.
    """

    time: float
    function: str
    text: str
    level: str = "INFO"
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines: those that meet every condition given.

    Parameters
    ----------
    functions
        Full names of functions, or of APIs for their access logs; empty for all functions.
    since
        Not older than this, in seconds since the epoch.
    request_id
        Of this invocation only.
    level
        Of this level or a more serious one.
    text
        With this text, upper and lower case told apart.
    """

    functions: tuple[str, ...] = ()
    since: float | None = None
    request_id: str | None = None
    level: str = "DEBUG"
    text: str | None = None

    def takes(self, line: LogLine) -> bool:
        """Tell whether a line meets the conditions."""
        return (
            (not self.functions or line.function in self.functions)
            and (self.since is None or line.time >= self.since)
            and (self.request_id is None or line.request_id == self.request_id)
            and LEVELS.index(line.level) >= LEVELS.index(self.level)
            and (self.text is None or self.text in line.text)
        )


class Logs(Protocol):
    """The log lines of a stage."""

    def functions(self) -> Sequence[str]:
        """Return the names of the functions that are known."""
        ...

    def apis(self) -> Sequence[str]:
        """Return the names of the APIs that are known: their access logs are read when they are named."""
        ...

    def read(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, oldest first."""
        ...

    def follow(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, then new ones as they come, for ever."""
        ...


def level_of(text: str) -> str:
    """Return the level that a line names itself: ``[ERROR] ...`` or a JSON object with ``level``.

    Examples
    --------
    >>> level_of('{"level": "warn", "message": "slow"}')
    'WARNING'
    """
    bracketed = _BRACKETED.match(text)
    name = bracketed[1] if bracketed else str((fields_of(text) or {}).get("level", ""))
    name = _SYNONYMS.get(name.upper(), name.upper())
    return name if name in LEVELS else "INFO"


def fields_of(text: str) -> dict[str, Any] | None:
    """Return the fields of a line that is a JSON object, or ``None``."""
    if not text.startswith("{"):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def chosen(wanted: Sequence[str], known: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find functions by their full names or their names within the app.

    Returns
    -------
    tuple[tuple[str, ...], tuple[str, ...]]
        The full names, and what was not found.

    Examples
    --------
    >>> chosen(["create-item"], ["items-dev-create-item", "items-dev-health"])
    (('items-dev-create-item',), ())
    """
    found = {name: [one for one in known if one == name or one.endswith(f"-{name}")] for name in wanted}
    names = dict.fromkeys(one for matches in found.values() for one in matches)
    return tuple(names), tuple(name for name, matches in found.items() if not matches)
