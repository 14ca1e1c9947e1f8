"""Putting values together: each combination that can hold at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cumulo.guidelines.template.values import UNKNOWN, Given, Reference, Special, Text, Value, compatible

MAX_CASES = 64
"""More values than this for one expression are as good as unknown."""

_MAX_PARTS = 20_000
_MAX_LENGTH = 5_000_000
"""Texts that are made of each other grow without end: longer ones are as good as unknown."""


def combinations(given: Given, parts: Iterable[tuple[Value, ...]]) -> Iterable[tuple[Given, Sequence[Value]]] | None:
    """Combine values that can hold at the same time; ``None`` where there are too many to be of use."""
    # Each combination is its last value and the combination before it: a text has thousands of parts.
    combined: list[tuple[Given, Any]] = [(given, None)]
    for cases in parts:
        combined = [
            (known | case.given, (before, case))
            for known, before in combined
            for case in cases
            if compatible(known, case.given)
        ]
        if len(combined) > MAX_CASES:
            return None
    return [(known, _in_order(chain)) for known, chain in combined]


def _in_order(chain: Any) -> Sequence[Value]:
    found: list[Value] = []
    while chain is not None:
        chain, value = chain
        found.append(value)
    return found[::-1]


def concatenated(values: Iterable[Value]) -> str | Reference | Text | Special:
    """Put texts together; what is not known stays a part of its own."""
    parts: list[str | Reference | Special] = []
    for value in values:
        for part in _parts(value.plain):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
        if len(parts) > _MAX_PARTS or _is_long(parts[-1:]):
            return UNKNOWN
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else Text(tuple(parts))


def _is_long(last: Sequence[str | Reference | Special]) -> bool:
    return any(isinstance(part, str) and len(part) > _MAX_LENGTH for part in last)


def _parts(plain: Any) -> tuple[str | Reference | Special, ...]:
    if isinstance(plain, Text):
        return plain.parts
    if isinstance(plain, bool):
        return (str(plain).lower(),)
    if isinstance(plain, str | int | float):
        return (str(plain),)
    return (plain,) if isinstance(plain, Reference) else (UNKNOWN,)
