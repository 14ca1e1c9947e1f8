"""What a worker writes, split into log lines.

A worker has one pipe for standard output, standard error and the frames of the runtime client's log handler, so that
lines keep the order in which they were written. Frames begin with bytes that cannot begin a character of UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LINE = 262_144
"""The longest log event of CloudWatch Logs, in bytes; longer lines are cut into several."""

_MAGIC = b"\xa5\x5a\x00"
_HEADER = 16
_FRAME_LEVELS = {2: "DEBUG", 3: "INFO", 4: "WARNING", 5: "ERROR", 6: "ERROR"}
_BRACKETED = re.compile(r"\[(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\]")
_JSON_LEVEL = re.compile(r'"level"\s*:\s*"(\w+)"', re.IGNORECASE)
_INDENTATION = re.compile("^\u00a0+", re.MULTILINE)
_EMPTY_TRACEBACK = "\nTraceback (most recent call last):"
_LEVELS = {
    "TRACE": "DEBUG",
    "DEBUG": "DEBUG",
    "INFO": "INFO",
    "WARN": "WARNING",
    "WARNING": "WARNING",
    "ERROR": "ERROR",
    "CRITICAL": "ERROR",
    "FATAL": "ERROR",
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log event: its text without the newline, and its level."""

    text: str
    level: str


@dataclass(slots=True)
class _Frame:
    level: str | None
    left: int


class LogParser:
    r"""Splits a worker's output into log lines, in bounded memory.

    Frames are described in ``awslambdaric.bootstrap.FramedTelemetryLogSink``.

    Examples
    --------
    >>> [line.text for line in LogParser().feed(b"one\ntwo")]
    ['one']
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._frame: _Frame | None = None

    def feed(self, data: bytes) -> list[LogLine]:
        """Take what was read; return the lines that are complete."""
        self._buffer += data
        return list(self._complete())

    def flush(self) -> list[LogLine]:
        """Return what is left as a line, complete or not."""
        frame, self._frame = self._frame, None
        return list(self._cut(len(self._buffer), 0, frame.level if frame else None))

    def _complete(self) -> Iterator[LogLine]:
        while self._buffer:
            if self._frame is None and self._buffer.startswith(_MAGIC) and not self._open_frame():
                return
            found = self._frame_end() if self._frame else self._text_end()
            if found is None:
                return
            end, skip = found
            level = self._frame.level if self._frame else None
            if self._frame:
                self._frame.left -= end
                self._frame = self._frame if self._frame.left else None
            yield from self._cut(end, skip, level)

    def _open_frame(self) -> bool:
        if len(self._buffer) < _HEADER:
            return False
        level = _FRAME_LEVELS.get(self._buffer[3] >> 2)
        self._frame = _Frame(level, int.from_bytes(self._buffer[4:8], "big"))
        del self._buffer[:_HEADER]
        return True

    def _frame_end(self) -> tuple[int, int] | None:
        assert self._frame is not None  # noqa: S101 - told to mypy
        end = min(self._frame.left, MAX_LINE)
        return (end, 0) if len(self._buffer) >= end else None

    def _text_end(self) -> tuple[int, int] | None:
        """Return where the text ends and how much to skip; ``None`` when more is needed."""
        newline = self._buffer.find(b"\n", self._searched)
        frame = self._buffer.find(_MAGIC, max(0, self._searched - 2), newline if newline >= 0 else len(self._buffer))
        if frame >= 0:
            return frame, 0
        if newline >= 0:
            return newline, 1
        self._searched = len(self._buffer)
        return (MAX_LINE, 0) if len(self._buffer) > MAX_LINE else None

    def _cut(self, end: int, skip: int, level: str | None) -> Iterator[LogLine]:
        self._searched = 0
        for start in range(0, end, MAX_LINE):
            text = self._buffer[start : min(end, start + MAX_LINE)].decode("utf-8", "replace").rstrip("\r\n")
            if level == "ERROR":
                text = _plain(text)
            if text:
                yield LogLine(text, level or level_of(text))
        del self._buffer[: end + skip]


def _plain(text: str) -> str:
    """Return an error as the runtime client words it, indented by spaces and without a traceback that is empty."""
    if not text.startswith("[ERROR]"):
        return text
    return _INDENTATION.sub(lambda found: " " * len(found[0]), text).removesuffix(_EMPTY_TRACEBACK)


def level_of(text: str) -> str:
    """Return the level that a line states: ``[ERROR]`` at its start, or ``"level"`` of a JSON object.

    Examples
    --------
    >>> level_of('{"level": "WARNING", "message": "late"}')
    'WARNING'
    """
    if text.startswith("{"):
        found = _JSON_LEVEL.search(text, 0, 4096)
    elif text.startswith("["):
        found = _BRACKETED.match(text)
    else:
        return "INFO"
    return _LEVELS.get(found[1].upper(), "INFO") if found else "INFO"
