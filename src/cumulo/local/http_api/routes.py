"""Which route a request takes.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from cumulo.errors import CumuloError

DEFAULT_ROUTE = "$default"

_METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_VARIABLE = re.compile(r"\{([A-Za-z0-9._:-]+)(\+?)\}")
_LITERAL, _SINGLE, _GREEDY = range(3)


class Match(NamedTuple):
    """The route that a request takes, and its path parameters, percent-decoded."""

    key: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Segment:
    """One part of a route's path: a literal text, or the name of a variable."""

    kind: int
    text: str


@dataclass(frozen=True, slots=True)
class _Route:
    key: str
    method: str
    segments: tuple[_Segment, ...]

    @property
    def greedy(self) -> bool:
        return self.segments[-1].kind == _GREEDY

    def rank(self) -> tuple[bool, tuple[int, ...], bool]:
        """Order routes by precedence: no greedy variable first, literal before variable, method before ANY."""
        return self.greedy, tuple(segment.kind for segment in self.segments), self.method == "ANY"

    def accepts(self, method: str) -> bool:
        return self.method in (method, "ANY")

    def bind(self, values: list[str]) -> dict[str, str] | None:
        """Return the path parameters when the path's parts fit this route, else ``None``."""
        parameters: dict[str, str] = {}
        for position, segment in enumerate(self.segments):
            value = values[position]
            if segment.kind == _LITERAL:
                if value != segment.text:
                    return None
            elif segment.kind == _GREEDY:
                parameters[segment.text] = "/".join(values[position:])
            elif value:
                parameters[segment.text] = value
            else:
                return None
        return parameters


class RouteTable:
    """The routes of an API, in API Gateway's order of precedence.

    A full match comes before a match with a greedy path variable, and that before ``$default``; among matches
    of the same sort the most specific one wins, and an exact method wins over ``ANY``.

    Parameters
    ----------
    keys
        Route keys: ``"GET /pets/{id}"``, ``"ANY /{proxy+}"``, ``"$default"``.

    Raises
    ------
    CumuloError
        When a route key is not valid or appears twice.

    Examples
    --------
    >>> RouteTable(["GET /pets/{id}", "$default"]).match("GET", "/pets/black%20cat")
    Match(key='GET /pets/{id}', parameters={'id': 'black cat'})
    """

    def __init__(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        for key in keys:
            if keys.count(key) > 1:
                raise CumuloError("the route is declared twice", where=f"route '{key}'")
        routes = sorted((_parse(key) for key in keys if key != DEFAULT_ROUTE), key=_Route.rank)
        self._has_default = DEFAULT_ROUTE in keys
        self._greedy = [route for route in routes if route.greedy]
        self._by_length: dict[int, list[_Route]] = {}
        self._literal: dict[str, dict[str, str]] = {}
        for route in routes:
            if not route.greedy:
                self._by_length.setdefault(len(route.segments), []).append(route)
            if all(segment.kind == _LITERAL for segment in route.segments):
                path = "/" + "/".join(segment.text for segment in route.segments)
                self._literal.setdefault(path, {})[route.method] = route.key

    def match(self, method: str, path: str) -> Match | None:
        """Return the route for a method and a raw path, or ``None`` when there is none."""
        methods = self._literal.get(path)
        if methods is not None:
            key = methods.get(method) or methods.get("ANY")
            if key is not None:
                return Match(key, {})
        values = path.split("/")[1:]
        if "%" in path:
            values = [unquote(value) for value in values]
        for route in self._by_length.get(len(values), ()):
            if route.accepts(method) and (parameters := route.bind(values)) is not None:
                return Match(route.key, parameters)
        for route in self._greedy:
            fits = len(values) >= len(route.segments) and route.accepts(method)
            if fits and (parameters := route.bind(values)) is not None:
                return Match(route.key, parameters)
        return Match(DEFAULT_ROUTE, {}) if self._has_default else None


def _parse(key: str) -> _Route:
    method, _, path = key.partition(" ")
    if method not in _METHODS or not path.startswith("/"):
        raise CumuloError(
            "the route key is not a method and a path",
            where=f"route '{key}'",
            hint="write it as 'GET /pets/{id}', 'ANY /{proxy+}' or '$default'",
        )
    segments = tuple(_segment(text, key) for text in path.split("/")[1:])
    if any(segment.kind == _GREEDY for segment in segments[:-1]):
        raise CumuloError("a greedy path variable must be at the end of the path", where=f"route '{key}'")
    return _Route(key, method, segments)


def _segment(text: str, key: str) -> _Segment:
    variable = _VARIABLE.fullmatch(text)
    if variable:
        return _Segment(_GREEDY if variable[2] else _SINGLE, variable[1])
    if "{" in text or "}" in text:
        raise CumuloError(
            f"'{text}' is not a path variable", where=f"route '{key}'", hint="write it as {name} or {name+}"
        )
    return _Segment(_LITERAL, text)
