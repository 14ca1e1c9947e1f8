"""Reading a template file: JSON or YAML, with the line of everything in it.

The YAML goes through libyaml's events with a stack of our own: composing nodes recurses in C, and a file of a
hundred thousand brackets would end the process.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError

Path_ = tuple[str | int, ...]

MAX_BYTES = 5_000_000
"""Largest file that is read. CloudFormation itself takes at most 1 MB
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html)."""

MAX_NODES = 400_000
"""Most nodes a template may have once YAML aliases are expanded."""

MAX_DEPTH = 100
"""Deepest nesting that is followed."""

_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],\n]')


@dataclass(frozen=True)
class TemplateFile:
    """A template as it was read.

    Parameters
    ----------
    path
        The file.
    data
        The template as plain data, CloudFormation's short tags written out (``!Ref`` as ``{"Ref": …}``).
    lines
        Line number (from 1) of each key and list element, by its path in the template.
    repeated
        Paths of keys that are written twice in one mapping: the last one counts.
    second
        Line of a second YAML document in the file, which is not read.
    """

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[Path_, int]
    repeated: tuple[Path_, ...] = ()
    second: int | None = None


def read_template(path: Path) -> TemplateFile:
    """Read a CloudFormation template.

    Parameters
    ----------
    path
        A JSON or YAML file.

    Raises
    ------
    CumuloError
        When the file cannot be read, is neither JSON nor YAML, is too large or is no template.
    """
    return parse_template(path, _text(path))


def parse_template(path: Path, text: str) -> TemplateFile:
    """Read the text of a CloudFormation template; see `read_template`.

    Parameters
    ----------
    path
        The file that it is in; it is only named.
    text
        The text.
    """
    template = _parsed(path, text)
    if not isinstance(template.data, dict) or not isinstance(template.data.get("Resources"), dict):
        raise CumuloError(
            "is not a CloudFormation template", where=str(path), hint="a template has a mapping called Resources"
        )
    return template


def read_document(path: Path) -> Any:
    """Read a JSON or YAML file of another kind, as the definition of an API, within the same limits.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    CumuloError
        When the file cannot be read, is neither JSON nor YAML, or is too large.
    """
    return _parsed(path, _text(path)).data


def _parsed(path: Path, text: str) -> TemplateFile:
    broken: CumuloError | None = None
    if text.lstrip().startswith("{"):
        try:
            return _read_json(path, text)
        except json.JSONDecodeError as error:
            broken = CumuloError(f"is not JSON ({error.msg})", where=f"{path}:{error.lineno}", hint="mend that line")
        except ValueError:
            broken = CumuloError("is not JSON (a number in it is too long)", where=str(path))
    # YAML has what JSON has not (comments, bare words in braces), so a `{` does not decide.
    from cumulo.guidelines.template.yaml_reading import read_yaml

    return read_yaml(path, text, broken if path.suffix.lower() == ".json" else None)


def at_once(path: str, flags: int) -> int:
    """Open a file, as an ``opener``: a named pipe that nobody writes to is empty, instead of being waited for."""
    opened = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(opened, True)
    return opened


def _text(path: Path) -> str:
    try:
        with open(path, "rb", opener=at_once) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CumuloError(f"cannot be read ({error.strerror})", where=str(path)) from None
    if len(raw) > MAX_BYTES:
        raise CumuloError(
            f"is larger than {MAX_BYTES // 1_000_000} MB",
            where=str(path),
            hint="CloudFormation takes templates up to 1 MB: split it into stacks",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CumuloError(
            f"is not UTF-8 (byte {raw[error.start]:#04x} at {error.start})",
            where=str(path),
            hint="save the file as UTF-8",
        ) from None


def _read_json(path: Path, text: str) -> TemplateFile:
    repeats: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            keys = [key for key, _ in items]
            repeats.extend(key for key in found if keys.count(key) > 1)
        return found

    try:
        data = json.loads(text, object_pairs_hook=pairs)
    except RecursionError:
        raise too_deep(path) from None
    if _HALF_CHARACTER.search(text):
        # Half of a character cannot be written anywhere, not even in a report.
        data = json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", errors="replace"))
    lines, repeated = json_lines(text, set(repeats))
    if any(len(place) > MAX_DEPTH for place in lines):
        raise too_deep(path)
    return TemplateFile(path, data, lines, repeated)


def json_lines(text: str, repeats: set[str]) -> tuple[dict[Path_, int], tuple[Path_, ...]]:
    """Find the line of each key and list element of a JSON text.

    Parameters
    ----------
    text
        JSON that is known to parse.
    repeats
        Keys of which some mapping has two.

    Returns
    -------
    tuple
        The lines by path, and the paths that are written twice.
    """
    walk = _Walk(repeats)
    line = 1
    for match in _JSON_TOKEN.finditer(text):
        piece = match.group()
        if piece == "\n":
            line += 1
        else:
            walk.step(piece, line)
    return walk.lines, tuple(walk.repeated)


class _Walk:
    """A walk over the pieces of a JSON text that knows where in the data it is."""

    def __init__(self, repeats: set[str]) -> None:
        self.lines: dict[Path_, int] = {}
        self.repeated: list[Path_] = []
        self._repeats = repeats
        self._path: list[str | int] = []
        # For each open bracket: whether it is a mapping.
        self._mappings: list[bool] = []
        self._expects_key = False

    def step(self, piece: str, line: int) -> None:
        """Go past a bracket, a comma or a string."""
        in_list = bool(self._mappings) and not self._mappings[-1]
        if piece in "{[":
            if in_list:
                self.lines[tuple(self._path)] = line
            self._mappings.append(piece == "{")
            self._path.append("" if piece == "{" else 0)
            self._expects_key = piece == "{"
        elif piece in "}]":
            self._mappings.pop()
            self._path.pop()
            self._expects_key = False
        elif piece == ",":
            self._expects_key = not in_list
            if in_list:
                self._path[-1] = int(self._path[-1]) + 1
        else:
            self._string(piece, line, in_list)

    def _string(self, piece: str, line: int, in_list: bool) -> None:
        if in_list:
            self.lines[tuple(self._path)] = line
        elif self._expects_key:
            self._path[-1] = json.loads(piece)
            place = tuple(self._path)
            if self._path[-1] in self._repeats and place in self.lines:
                self.repeated.append(place)
            self.lines[place] = line
            self._expects_key = False


def too_deep(path: Path) -> CumuloError:
    """Return the error for a file with more brackets than any template has."""
    return CumuloError(f"is nested deeper than {MAX_DEPTH} levels", where=str(path))
