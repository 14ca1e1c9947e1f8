"""``Fn::ForEach`` written out, where its collection is known.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cumulo.guidelines.template.values import Path_

_PREFIX = "Fn::ForEach::"
_LIST_TYPES = ("CommaDelimitedList", "List<")
_MOST = 30_000
"""Most values that loops may make: loops in loops multiply."""

Names = Mapping[str, str]


def write_out_loops(
    template: Mapping[str, Any], lines: Mapping[Path_, int]
) -> tuple[Mapping[str, Any], Mapping[Path_, int]]:
    """Write out the loops of a template.

    Parameters
    ----------
    template
        The template.
    lines
        Line of each piece of it, by path.

    Returns
    -------
    tuple
        The template with as many loops written out as can be, and the lines of its pieces: those of the loop's body.
    """
    if not any(_PREFIX in str(part) for path in lines for part in path):
        return template, lines
    loops = _Loops(template, lines)
    return loops.mapping(template, {}, (), ()), loops.found


class _Loops:
    """The work in progress."""

    def __init__(self, template: Mapping[str, Any], lines: Mapping[Path_, int]) -> None:
        self._template = template
        self._lines = lines
        self._made = 0
        self.found: dict[Path_, int] = {}

    def mapping(self, value: Mapping[str, Any], names: Names, was: Path_, now: Path_) -> dict[str, Any]:
        """Write out the loops in a mapping."""
        made: dict[str, Any] = {}
        for key, inner, bound, place in self._entries(value, names, was):
            line = next((self._lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in self._lines), None)
            if line is not None:
                self.found[*now, key] = line
            made[key] = self._value(inner, bound, place, (*now, key))
        return made

    def _entries(self, value: Mapping[str, Any], names: Names, was: Path_) -> Iterator[tuple[str, Any, Names, Path_]]:
        for key, inner in value.items():
            loop = self._loop(key, inner, names)
            if loop is None:
                yield _named(key, names), inner, names, (*was, key)
                continue
            variable, collection, body = loop
            for each in collection:
                if self._made > _MOST:
                    return
                yield from self._entries(body, {**names, variable: each}, (*was, key, 2))

    def _value(self, value: Any, names: Names, was: Path_, now: Path_) -> Any:
        self._made += bool(names)
        if isinstance(value, Mapping):
            if (name := _reference(value)) in names:
                return names[str(name)]
            return self.mapping(value, names, was, now)
        if isinstance(value, list):
            for index in range(len(value)):
                if (*was, index) in self._lines:
                    self.found[*now, index] = self._lines[*was, index]
            return [self._value(each, names, (*was, n), (*now, n)) for n, each in enumerate(value)]
        return _named(value, names) if isinstance(value, str) else value

    def _loop(self, key: Any, value: Any, names: Names) -> tuple[str, list[str], Mapping[str, Any]] | None:
        """Return a loop's variable, collection and body, when all of it is known."""
        if not isinstance(key, str) or not key.startswith(_PREFIX) or not isinstance(value, list) or len(value) != 3:
            return None
        variable, listed, body = value
        collection = self._collection(listed, names)
        if not isinstance(variable, str) or collection is None or not isinstance(body, Mapping):
            return None
        return variable, collection, body

    def _collection(self, listed: Any, names: Names) -> list[str] | None:
        name = _reference(listed)
        if name is not None:
            parameters = self._template.get("Parameters")
            parameter: Any = parameters.get(name) if isinstance(parameters, Mapping) else None
            default = parameter.get("Default") if isinstance(parameter, Mapping) else None
            if not isinstance(default, str) or not str(parameter.get("Type")).startswith(_LIST_TYPES):
                return None
            listed = [each.strip() for each in default.split(",")]
        if not isinstance(listed, list):
            return None
        found = [self._value(each, names, (), ()) for each in listed]
        return found if all(isinstance(each, str) for each in found) else None


def _reference(value: Any) -> str | None:
    """Return the name in ``{"Ref": name}``."""
    name = value.get("Ref") if isinstance(value, Mapping) and len(value) == 1 else None
    return name if isinstance(name, str) else None


def _named(text: Any, names: Names) -> Any:
    """Put the loops' variables into a text: ``${Name}``, and ``&{Name}`` without what is not alphanumeric."""
    if not names or not isinstance(text, str):
        return text
    for name, value in names.items():
        text = text.replace(f"${{{name}}}", value).replace(f"&{{{name}}}", re.sub(r"[^A-Za-z0-9]", "", value))
    return text
