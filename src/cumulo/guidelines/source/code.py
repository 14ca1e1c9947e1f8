"""The code that handlers reach."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from cumulo.guidelines.facts import NOTHING, Facts
from cumulo.guidelines.source.functions import Function, Spot
from cumulo.guidelines.source.module import Module
from cumulo.guidelines.source.origins import Origins
from cumulo.guidelines.source.project import Project

__all__ = ["Code", "Function", "Spot"]


@dataclass(frozen=True, eq=False)
class Code:
    """Everything that source rules look at.

    Parameters
    ----------
    project
        The project's modules.
    functions
        The functions that handlers reach, in the order of files and lines.
    modules
        The modules that handlers import.
    handlers
        Those of the functions that Lambda calls.
    facts
        What was measured when they ran.
    starting
        Functions that run when modules are imported, and not again.
    """

    project: Project
    functions: tuple[Function, ...]
    modules: tuple[Module, ...]
    handlers: frozenset[Function]
    facts: Facts = field(default=NOTHING, kw_only=True)
    starting: tuple[Function, ...] = ()

    @cached_property
    def _origins(self) -> Origins:
        return Origins(self.project, (*self.functions, *self.starting), self.modules, self.handlers)

    @cached_property
    def calls(self) -> tuple[tuple[Function, ast.Call], ...]:
        """Every call in a function that a handler reaches."""
        scopes = ((function, function.nodes) for function in self.functions)
        return tuple((function, node) for function, nodes in scopes for node in nodes if isinstance(node, ast.Call))

    @cached_property
    def calls_at_import(self) -> tuple[tuple[Function, ast.Call], ...]:
        """Every call that runs when a module is imported, and not again."""
        levels = [(self._origins.whole(module), module.top_level) for module in self.modules]
        scopes = [*levels, *((function, function.own) for function in self.starting)]
        return tuple((function, node) for function, nodes in scopes for node in nodes if isinstance(node, ast.Call))

    def origin(self, function: Function, expression: ast.expr) -> str:
        """Tell where a value comes from, as a dotted name with calls.

        Followed are names, imports, attributes of ``self``, what functions of the project return, and parameters
        whose every caller hands over the same, or that are annotated with a class.

        Parameters
        ----------
        function
            The function that the expression stands in.
        expression
            The expression.

        Returns
        -------
        str
            ``"boto3.client(s3)"``, ``"boto3.resource(dynamodb).Table()"``, ``"time.sleep"``; empty when nobody knows.
        """
        key = (function, expression)
        if key not in self._known:
            self._known[key] = self._origins.of(function, expression)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[Function, ast.expr], str]:
        return {}

    def decorators(self, function: Function) -> Iterator[str]:
        """Yield the origins of a function's decorators: ``"functools.cache"``, ``"app.app.post"``."""
        outside = self._origins.whole(function.module)
        for decorator in function.node.decorator_list:
            yield self.origin(outside, decorator.func if isinstance(decorator, ast.Call) else decorator)

    def callers(self, function: Function) -> list[tuple[Function, ast.Call]]:
        """Return the calls of a function of the project, as far as they can be told."""
        return self._origins.sites.of(function)

    def is_handed_over(self, function: Function) -> bool:
        """Tell whether a function is passed on, so that not all of its callers are known."""
        return self._origins.sites.is_handed_over(function.name.rpartition(".")[2])
