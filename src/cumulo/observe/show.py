"""Log lines as a person reads them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from cumulo.observe.lines import LogLine, fields_of

_LEVEL_COLOURS = {"DEBUG": "bright_black", "WARNING": "yellow", "ERROR": "red"}
_FUNCTION_COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta", "bright_blue")
_MESSAGE_KEYS = ("message", "msg", "event")
# What every line of a JSON logger carries, and the line shows already or nobody looks for.
_SHOWN = frozenset((
    "level", "timestamp", "time", "location", "service", "cold_start", "function_name", "function_memory_size",
    "function_arn", "function_request_id", "requestId", "AWSRequestId", "xray_trace_id", "sampling_rate", "logger",
))  # fmt: skip


def shown(line: LogLine, *, colours: bool, prefix: str = "") -> str:
    """Return a line for the terminal: local time, function, level when it is not INFO, text.

    The date is there when it is not today's, as after the clock of a local stage was moved.

    A JSON line is shown as its message and then its fields; fields that say what the line shows anyway are left out.

    Parameters
    ----------
    colours
        Whether to colour function and level.
    prefix
        The beginning that all functions' names have in common, left out.

    Examples
    --------
    >>> line = LogLine(0.0, "items-dev-create", '{"level": "ERROR", "message": "no stock", "sku": 7}', "ERROR")
    >>> shown(line, colours=False, prefix="items-dev-").split(" ", 1)[1]
    'create ERROR no stock sku=7'
    """
    local = datetime.fromtimestamp(line.time)
    today = local.date() == datetime.now().date()
    when = local.strftime("%H:%M:%S.%f" if today else "%Y-%m-%dT%H:%M:%S.%f")[:-3]
    function = line.function.removeprefix(prefix)
    # A checksum, so that a function has the same colour tomorrow.
    tint = _FUNCTION_COLOURS[zlib.crc32(function.encode()) % len(_FUNCTION_COLOURS)]
    level = "" if line.level == "INFO" else _coloured(line.level, _LEVEL_COLOURS.get(line.level), colours) + " "
    head = f"{_coloured(when, 'bright_black', colours)} {_coloured(function, tint, colours)} {level}"
    return head + _printable(_readable(line.text))


def as_json(line: LogLine) -> str:
    """Return a line as one JSON object for programs; fields of a JSON line are in ``fields``."""
    when = datetime.fromtimestamp(line.time).astimezone().isoformat(timespec="milliseconds")
    data: dict[str, Any] = {
        "time": when,
        "function": line.function,
        "level": line.level,
        "requestId": line.request_id,
        "text": line.text,
    }
    fields = fields_of(line.text)
    return json.dumps(data if fields is None else {**data, "fields": fields})


def common_prefix(functions: tuple[str, ...] | list[str]) -> str:
    """Return the ``app-stage-`` that all names begin with; nothing for fewer than two names.

    Examples
    --------
    >>> common_prefix(["items-dev-create", "items-dev-list"])
    'items-dev-'
    """
    if len(functions) < 2:
        return ""
    first, last = min(functions), max(functions)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: first.rfind("-", 0, length) + 1]


def _readable(text: str) -> str:
    fields = fields_of(text)
    if fields is None:
        return text
    key = next((key for key in _MESSAGE_KEYS if isinstance(fields.get(key), str)), None)
    if key is None and not {"level", "timestamp"} & fields.keys():
        return text
    trace = fields.get("exception") or fields.get("stackTrace")
    rest = {name: value for name, value in fields.items() if _worth_showing(name, value, key)}
    parts = [str(fields[key])] if key else []
    parts += [f"{name}={_value(value)}" for name, value in rest.items()]
    return " ".join(parts) + (f"\n{_trace(trace)}" if trace else "")


def _worth_showing(name: str, value: Any, message: str | None) -> bool:
    return (
        name != message and name not in _SHOWN and name not in ("exception", "stackTrace", "_aws") and value is not None
    )


def _value(value: Any) -> str:
    if isinstance(value, str) and value and not any(character in value for character in ' "='):
        return value
    return json.dumps(value, ensure_ascii=False)


def _trace(trace: Any) -> str:
    if isinstance(trace, list):
        return "\n".join(str(part).rstrip() for part in trace)
    return json.dumps(trace, indent=2) if isinstance(trace, Mapping) else str(trace)


def _printable(text: str) -> str:
    # What a function logs may come from its callers: it does not get to steer the terminal.
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def _coloured(text: str, colour: str | None, colours: bool) -> str:
    return click.style(text, fg=colour) if colours and colour else text
