"""Where functions of the project are called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from cumulo.guidelines.source.functions import Function

OriginOf = Callable[[Function, ast.expr], str]
Groups = dict[str, list[tuple[Function, ast.Call]]]


class SpreadError(LookupError):
    """A call spreads a list or dict, so that nobody knows what it hands over."""


class Sites:
    """The calls in the code, by the last name of what they call.

    Parameters
    ----------
    scopes
        Functions, and modules' own levels, with their nodes.
    origin
        What tells where a value comes from.
    """

    def __init__(self, scopes: Iterable[tuple[Function, Iterable[ast.AST]]], origin: OriginOf) -> None:
        self._origin = origin
        self._calls: dict[str, list[tuple[Function, ast.Call]]] = {}
        self._groups: dict[str, Groups] = {}
        self._grouping: set[str] = set()
        self._handed: set[str] = set()
        for function, nodes in scopes:
            self._note(function, tuple(nodes))

    def of(self, function: Function) -> list[tuple[Function, ast.Call]]:
        """Return the calls that may be of a function; those of a class for its ``__init__``."""
        owner, _, last = function.name.rpartition(".")
        calls = self.named(f"{function.module.name}.{function.name}")
        return [*calls, *self.named(f"{function.module.name}.{owner}")] if last == "__init__" else calls

    def named(self, dotted: str) -> list[tuple[Function, ast.Call]]:
        """Return the calls that may be of what has a dotted name."""
        groups = self._grouped(dotted.rpartition(".")[2])
        return [*groups.get(dotted, ()), *groups.get("", ())]

    def is_handed_over(self, name: str) -> bool:
        """Tell whether a function of this name is passed on, to be called by somebody else."""
        return name in self._handed

    def _grouped(self, last: str) -> Groups:
        """Return the calls of a last name by what they call; empty for those that may call anything."""
        if last in self._groups:
            return self._groups[last]
        is_first = last not in self._grouping
        self._grouping.add(last)
        groups: Groups = {}
        for caller, call in self._calls.get(last, ()):
            groups.setdefault(self._origin(caller, call.func), []).append((caller, call))
        if is_first:
            # What was asked meanwhile, to answer this, knew less.
            self._grouping.discard(last)
            self._groups[last] = groups
        return groups

    def _note(self, function: Function, nodes: tuple[ast.AST, ...]) -> None:
        called = set()
        for node in nodes:
            if isinstance(node, ast.Call):
                called.add(node.func)
                name = _last_name(function, node.func)
                if name:
                    self._calls.setdefault(name, []).append((function, node))
        for node in nodes:
            if isinstance(node, ast.Name) and node not in called and isinstance(node.ctx, ast.Load):
                if node.id not in function.locals:
                    self._handed.add(_last_name(function, node))
            elif isinstance(node, ast.Attribute) and node not in called and _is_of_self(node):
                self._handed.add(node.attr)


def _last_name(function: Function, node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return function.module.imports.get(node.id, node.id).rpartition(".")[2]
    return ""


def _is_of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def argument(function: Function, call: ast.Call, parameter: str) -> ast.expr | None:
    """Return what a call hands over for a parameter of the function; its default when it says nothing.

    Raises
    ------
    SpreadError
        When the call spreads a list or dict, so that nobody knows.
    """
    return value(call, parameter, function.positional) or function.default(parameter)


def value(call: ast.Call, parameter: str, positional: tuple[str, ...]) -> ast.expr | None:
    """Return what a call hands over for a parameter; see `argument`."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if parameter in given:
        return given[parameter]
    if None in given or any(isinstance(each, ast.Starred) for each in call.args):
        raise SpreadError(parameter)
    place = positional.index(parameter) if parameter in positional else len(call.args)
    return call.args[place] if place < len(call.args) else None
