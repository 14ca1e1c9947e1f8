"""Comments that accept findings, in Python and in YAML: which rules, why, and the lines that they cover."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from cumulo.guidelines.config import Acceptance
from cumulo.guidelines.source.module import FunctionNode

_TYPE = re.compile(r"""\s+Type:\s*["']?[A-Za-z]\w*::""")
_COMMENT = re.compile(r"#\s*cumulo:\s*accept\b(?P<rest>.*)", re.IGNORECASE)
_RULES = re.compile(r"[\s,]*(?P<rule>[A-Za-z]+\d+)")
_REASON = re.compile(r"[\s,:]*(?:because\b|[-\u2013\u2014:])\s*(?P<reason>.*)", re.IGNORECASE | re.DOTALL)


def in_comment(comment: str) -> tuple[tuple[str, ...], str] | None:
    """Read a comment that accepts findings.

    Parameters
    ----------
    comment
        The comment with its ``#``.

    Returns
    -------
    tuple or None
        Ids of the rules and the reason, empty when nobody gave one; ``None`` for any other comment.

    Examples
    --------
    >>> in_comment("# cumulo: accept SRC003, SRC004 because it has ten items")
    (('SRC003', 'SRC004'), 'it has ten items')
    """
    match = _COMMENT.search(comment)
    if match is None:
        return None
    rest = match["rest"]
    rules: list[str] = []
    while (rule := _RULES.match(rest)) is not None:
        rules.append(rule["rule"].upper())
        rest = rest[rule.end() :]
    reason = _REASON.match(rest)
    return tuple(rules), reason["reason"].strip() if reason else ""


def in_source(file: str, text: str) -> Iterator[Acceptance]:
    """Find the accepting comments of a Python file, each with the lines that it covers."""
    if _COMMENT.search(text) is None:
        return
    try:
        tree = ast.parse(text)
        tokens = [
            token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.COMMENT
        ]
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError):
        return
    spans = list(_spans(tree))
    for token in tokens:
        read = in_comment(token.string)
        if read is None:
            continue
        line = token.start[0]
        alone = not token.line[: token.start[1]].strip()
        lines = _covered(spans, _next_code_line(text, line) if alone else line)
        for rule in read[0] or ("",):
            yield Acceptance(rule, "*", read[1], "the comment", file, line, lines)


def _spans(tree: ast.Module) -> Iterator[tuple[range, range]]:
    """Yield for each statement the lines of its head, and the lines that a comment there covers."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None)
        first = min((d.lineno for d in getattr(node, "decorator_list", ())), default=node.lineno)
        end = node.end_lineno or node.lineno
        if isinstance(body, list) and body:
            head = range(first, max(body[0].lineno, node.lineno + 1))
            yield head, range(first, end + 1) if isinstance(node, FunctionNode) else head
        else:
            yield range(first, end + 1), range(first, end + 1)


def _covered(spans: Iterable[tuple[range, range]], line: int) -> range:
    around = [(len(head), covered) for head, covered in spans if line in head]
    return min(around, key=lambda item: item[0])[1] if around else range(line, line + 1)


def _next_code_line(text: str, line: int) -> int:
    lines = text.splitlines()
    for number in range(line, len(lines)):
        stripped = lines[number].strip()
        if stripped and not stripped.startswith("#"):
            return number + 1
    return line


def in_yaml(file: str, text: str) -> Iterator[Acceptance]:
    """Find the accepting comments of a YAML template, each with the lines that it covers.

    Beside a key it covers the key's whole block: beside a logical id, the resource. Alone on its line it belongs to the
    next key. One of the template's own sections (``Resources:``) is no such block: that would accept everything.

    Parameters
    ----------
    file
        What findings call the file.
    text
        What is in it.
    """
    if "cumulo:" not in text.lower():
        return
    lines = re.split("\r\n|\r|\n", text)
    written = [(number, match) for number, line in enumerate(lines) for match in [_COMMENT.search(line)] if match]
    if not written:
        return
    inside = _inside_scalars(text)
    if inside is None:
        return
    for number, match in written:
        read = in_comment(match.group())
        if read is None or any(start <= (number, match.start()) < end for start, end in inside):
            continue
        alone = not lines[number][: match.start()].strip()
        covered = _block(lines, _described(lines, _next_key(lines, number) if alone else number))
        for rule in read[0] or ("",):
            yield Acceptance(rule, "*", read[1], "the comment", file, number + 1, covered)


_Mark = tuple[int, int]


def _inside_scalars(text: str) -> list[tuple[_Mark, _Mark]] | None:
    """Return where the scalars with a ``#`` stand, as lines and columns: what looks like a comment there is none.

    ``None`` when the text cannot be followed.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: Iterator[Any] = yaml.parse(text, Loader=loader)
    found = []
    try:
        for event in takewhile(lambda event: not isinstance(event, yaml.DocumentEndEvent), events):
            start, end = event.start_mark, event.end_mark
            if isinstance(event, yaml.ScalarEvent) and "#" in event.value and start and end:
                found.append(((start.line, start.column), (end.line, end.column)))
    except yaml.YAMLError:
        return None
    return found


def _next_key(lines: list[str], number: int) -> int:
    following = range(number + 1, len(lines))
    return next((each for each in following if lines[each].strip() and not _is_comment(lines[each])), number)


def _described(lines: list[str], number: int) -> int:
    """Return the line of the resource whose ``Type`` a line names, which is meant there; else the line itself."""
    if not _TYPE.match(lines[number]):
        return number
    above = (each for each in range(number - 1, -1, -1) if lines[each].strip() and not _is_comment(lines[each]))
    return next((each for each in above if _indent(lines[each]) < _indent(lines[number])), number)


def _block(lines: list[str], number: int) -> range:
    """Return the numbers, from 1, of a key's line and of those that are indented below it."""
    indent = _indent(lines[number])
    end = number + 1
    if indent == 0:
        return range(number + 1, end + 1)
    for each in range(number + 1, len(lines)):
        line = lines[each]
        if not line.strip() or _is_comment(line):
            continue
        # The elements of a list may stand right below their key.
        element = line.lstrip().startswith("- ") and not lines[number].lstrip().startswith("- ")
        if _indent(line) < indent or (_indent(line) == indent and not element):
            break
        end = each + 1
    return range(number + 1, end + 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")
