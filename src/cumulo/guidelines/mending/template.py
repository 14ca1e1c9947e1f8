"""Setting values in a JSON or YAML template by changing as little of its text as possible.

Rewriting the file with a library would lose more than it mends: ruamel.yaml keeps comments, yet not all indentation and
line breaks. So a value is put where it belongs, and the text read again: unless it then says just what it said
before with that one value set, nothing is changed.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cumulo.errors import CumuloError
from cumulo.guidelines.edits import Put
from cumulo.guidelines.mending.forms import BREAK, Form, block, form_of, inline, item
from cumulo.guidelines.mending.layout import Place, follow, places
from cumulo.guidelines.template.reading import parse_template


class _CannotPutError(Exception):
    """The value cannot be put there; says why."""


@dataclass(frozen=True)
class _Change:
    """A piece of text to be replaced by another."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class _Addition:
    """What is added to a mapping that is there, or to a key that has nothing yet."""

    here: Place
    holder: Place
    values: dict[str, Any] = field(default_factory=dict)


def put_values(file: Path, text: str, puts: Sequence[Put]) -> tuple[str, list[tuple[Put, str]]]:
    """Set values in the text of a template.

    Parameters
    ----------
    file
        The template, for its kind and messages; it is not read.
    text
        What is in it.
    puts
        What to set.

    Returns
    -------
    tuple
        The new text, and what could not be set, with the reason.
    """
    left_out: list[tuple[Put, str]] = []
    wanted: list[Put] = []
    for put in puts:
        before = next((each for each in wanted if each.path == put.path), None)
        if before is None:
            wanted.append(put)
        elif before.value != put.value:
            left_out.append((put, f"another finding sets {_name(put)} to {before.value!r}"))
    return _put_all(file, text, wanted, left_out), left_out


def _put_all(file: Path, text: str, puts: Sequence[Put], left_out: list[tuple[Put, str]]) -> str:
    """Set values all at once; where that does not work, by halves, until it is known which one is to blame."""
    if not puts:
        return text
    try:
        return _put(file, text, puts)
    except (_CannotPutError, CumuloError, yaml.YAMLError) as problem:
        if len(puts) == 1:
            why = str(problem) if isinstance(problem, _CannotPutError) else "the place is not clear enough to be edited"
            left_out.append((puts[0], why))
            return text
    middle = len(puts) // 2
    return _put_all(file, _put_all(file, text, puts[:middle], left_out), puts[middle:], left_out)


def _put(file: Path, text: str, puts: Sequence[Put]) -> str:
    data = parse_template(file, text).data
    root = places(text)
    if root is None:
        raise _CannotPutError("the file is empty")
    form = form_of(text, root)
    wanted = copy.deepcopy(data)
    changes: list[_Change] = []
    additions: dict[int, _Addition] = {}
    for put in puts:
        _set(wanted, put)
        here, rest = follow(root, put.path)
        if rest:
            holder, _ = follow(root, put.path[: len(put.path) - len(rest) - 1])
            _add(additions.setdefault(id(here), _Addition(here, holder)).values, rest, put)
        else:
            changes.append(_replaced(form, here, put.value))
    for addition in additions.values():
        changes.extend(_added(form, addition))
    new = _changed(text, changes)
    if _canonical(parse_template(file, new).data) != _canonical(wanted):
        raise _CannotPutError("more than that value would change")
    return new


def _set(data: Any, put: Put) -> None:
    """Set a value in plain data."""
    here = data
    for key, following in zip(put.path[:-1], put.path[1:], strict=True):
        _refuse_computed(here, put)
        if isinstance(here, dict) and isinstance(following, str) and here.get(key) is None:
            here[key] = {}
        here = _inner(here, key, put)
    last = put.path[-1]
    _refuse_computed(here, put)
    if isinstance(here, dict) and isinstance(last, str):
        _refuse_computed(here.get(last), put)
        here[last] = put.value
    elif isinstance(here, list) and isinstance(last, int) and last < len(here):
        here[last] = put.value
    else:
        raise _CannotPutError(f"there is no place for {_name(put)}")


def _inner(here: Any, key: str | int, put: Put) -> Any:
    try:
        return here[key]
    except (LookupError, TypeError):
        raise _CannotPutError(f"there is no place for {_name(put)}") from None


def _refuse_computed(value: Any, put: Put) -> None:
    """Leave alone what a function computes: whoever wrote that meant something."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::") and name not in put.path):
            raise _CannotPutError(f"{_name(put)} is computed by {name}")


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


def _name(put: Put) -> str:
    return ".".join(str(part) for part in put.path[1:])


def _changed(text: str, changes: Sequence[_Change]) -> str:
    """Carry changes out from the end, so that the places of those before stay right."""
    ordered = sorted(enumerate(changes), key=lambda item: (item[1].start, item[0]), reverse=True)
    for _, change in ordered:
        text = text[: change.start] + change.text + text[change.end :]
    return text


def _add(values: dict[str, Any], rest: Sequence[str | int], put: Put) -> None:
    """Note a value among those that are added to a mapping; several may be below one key that is missing."""
    for key in rest[:-1]:
        inner = values.setdefault(str(key), {})
        if not isinstance(inner, dict):
            raise _CannotPutError(f"another finding sets what is above {_name(put)}")
        values = inner
    values[str(rest[-1])] = put.value


def _added(form: Form, addition: _Addition) -> Iterator[_Change]:
    here, values = addition.here, addition.values
    if here.kind is str and here.start == here.end:
        yield _filled(form, here, addition.holder, values)
    elif here.kind is not dict:
        raise _CannotPutError(f"there is no place for {', '.join(values)}")
    elif here.flow:
        yield from _into_flow(form, here, values)
    else:
        yield _below(form, here, values)


def _replaced(form: Form, place: Place, value: Any) -> _Change:
    if place.style in ("|", ">") or (place.children and not place.flow):
        raise _CannotPutError("a block stands there")
    space = " " if place.start == place.end else ""
    return _Change(place.start, place.end, space + inline(form, value))


def _filled(form: Form, place: Place, holder: Place, values: dict[str, Any]) -> _Change:
    """Write a mapping behind a key that has nothing yet."""
    if holder.flow:
        return _Change(place.start, place.end, f" {inline(form, values)}")
    end = _end_of_line(form.text, place.end)
    return _Change(end, end, block(form, values, holder.column + len(form.step)))


def _into_flow(form: Form, place: Place, values: dict[str, Any]) -> Iterator[_Change]:
    """Add keys to a mapping in braces: on the same line, or on lines of their own where each key has one."""
    if not place.children:
        yield _Change(place.start + 1, place.end - 1, ", ".join(item(form, *each) for each in values.items()))
        return
    text, first, last = form.text, place.children[0], place.children[-1]
    if not BREAK.search(text, place.start, first.start):
        yield _Change(last.end, last.end, "".join(f", {item(form, *each)}" for each in values.items()))
        return
    indent = text[max(text.rfind("\n", 0, first.start), text.rfind("\r", 0, first.start)) + 1 : first.start]
    if indent.strip():
        raise _CannotPutError("the lines there are of no form that can be followed")
    comma = re.compile(r"\s*,").match(text, last.end, place.end)
    if comma is None:
        yield _Change(last.end, last.end, ",")
    end = _end_of_line(text, comma.end() if comma else last.end)
    end = end if end < place.end else last.end
    lines = ",\n".join(item(form, *each, lines=True) for each in values.items()).split("\n")
    yield _Change(end, end, "".join(form.newline + indent + line for line in lines))


def _below(form: Form, place: Place, values: dict[str, Any]) -> _Change:
    """Add keys below the last one of a block."""
    last = place.last
    if last.style in ("|", ">"):
        end = _end_of_scalar(form.text, last, place.column)
    else:
        end = _end_of_line(form.text, last.end)
    return _Change(end, end, block(form, values, place.column))


def _end_of_line(text: str, offset: int) -> int:
    found = BREAK.search(text, offset)
    return found.start() if found else len(text)


def _end_of_scalar(text: str, scalar: Place, column: int) -> int:
    """Return where the last line of a block of text ends: the last one that is indented more than its key."""
    end = _end_of_line(text, scalar.start)
    start = end
    while found := BREAK.match(text, start):
        start = _end_of_line(text, found.end())
        line = text[found.end() : start]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
            break
        if line.strip():
            end = start
    return end
