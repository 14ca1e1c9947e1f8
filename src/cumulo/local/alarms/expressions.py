"""Metric math, read: text becomes a tree.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cumulo.errors import CumuloError

LONGEST = 2048  # characters, as CloudWatch allows: also what bounds the work of reading
_DEEPEST = 40  # parentheses in each other
_MOST_OPERATORS = 200

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^()<>,\[\]]))"
)
_SAME = {"&&": "AND", "||": "OR"}
# From the loosest to the tightest. CloudWatch documents no precedence: it is the usual one.
_LEVELS = (("OR",), ("AND",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/"))


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Name:
    """The id of a metric or of another expression."""

    id: str


@dataclass(frozen=True)
class Text:
    """Text in quotes: what ids have to contain, in ``METRICS("errors")``."""

    value: str


@dataclass(frozen=True)
class Operation:
    """An operator with its operands; ``-`` may have one."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Several:
    """Several time series: ``[m1, m2]``."""

    items: tuple[Node, ...]


Node = Number | Name | Text | Operation | Call | Several
Reading = Callable[[], Node]


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises
    ------
    CumuloError
        When it is no expression.

    Examples
    --------
    >>> parse("100 * m1")
    Operation(operator='*', operands=(Number(value=100.0), Name(id='m1')))
    """
    if len(text) > LONGEST:
        raise CumuloError(f"an expression has at most {LONGEST} characters, this one {len(text)}")
    reader = _Reader(text, _tokens(text))
    node = reader.level(0)
    reader.expect("")
    return node


def _tokens(text: str) -> list[str]:
    tokens = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _wrong(text, f"{text[position:].strip()[:10]!r} is not understood")
        token = match[match.lastgroup or 0]
        tokens.append(_SAME.get(token, token))
        position = match.end()
    return [*tokens, ""]


class _Reader:
    """Reads one expression from left to right; an empty token is its end."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self._text, self._tokens = text, tokens
        self._next = 0
        self._depth = self._operators = 0

    def expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise _wrong(self._text, f"{token or 'the end'!r} is expected instead of {found or 'the end'!r}")

    def level(self, number: int) -> Node:
        """Read operators that bind as tightly as a level, and all tighter ones."""
        if number == len(_LEVELS):
            return self._negative()
        node = self.level(number + 1)
        while self._tokens[self._next] in _LEVELS[number]:
            operator = self._take()
            self._operators += 1
            if self._operators > _MOST_OPERATORS:
                raise _wrong(self._text, f"it has more than {_MOST_OPERATORS} operators")
            node = Operation(operator, (node, self.level(number + 1)))
        return node

    def _negative(self) -> Node:
        if self._tokens[self._next] == "-":
            self._take()
            with_sign = self._nested(self._negative)
            return Operation("-", (with_sign,))
        return self._power()

    def _power(self) -> Node:
        node = self._atom()
        if self._tokens[self._next] == "^":
            self._take()
            return Operation("^", (node, self._nested(self._negative)))
        return node

    def _atom(self) -> Node:
        found = self._take()
        if found == "(":
            node = self._nested(lambda: self.level(0))
            self.expect(")")
            return node
        if found == "[":
            return Several(self._list("]"))
        if found[:1] in ('"', "'"):
            return Text(found[1:-1])
        if found[:1].isdigit() or found[:1] == ".":
            return Number(float(found))
        if not found[:1].isalpha() or found in ("AND", "OR"):
            raise _wrong(self._text, f"a value is expected instead of {found or 'the end'!r}")
        if self._tokens[self._next] == "(":
            self._take()
            return Call(found, self._list(")"))
        return Name(found)

    def _list(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while self._tokens[self._next] != end:
            if items:
                self.expect(",")
            items.append(self._nested(lambda: self.level(0)))
        self.expect(end)
        return tuple(items)

    def _nested(self, read: Reading) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _wrong(self._text, f"it is nested more than {_DEEPEST} deep")
        node = read()
        self._depth -= 1
        return node

    def _take(self) -> str:
        found = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return found


def _wrong(text: str, what: str) -> CumuloError:
    return CumuloError(f"the expression {text[:80]!r} is wrong: {what}", hint="write it like 100 * m1 / m2")
