"""A function of the project, and what its names are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cumulo.guidelines.source.module import LATER, FunctionNode, Module, assignments

MODULE = "<module>"
_NAMED = FunctionNode | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar


@dataclass(frozen=True)
class Spot:
    """A place in the code.

    Parameters
    ----------
    file
        File, relative to the project.
    line
        Line, from 1.
    subject
        What findings call it: ``"functions/items.py:create"``.
    """

    file: str
    line: int
    subject: str


@dataclass(frozen=True, eq=False)
class Function:
    """A function or method of the project that runs when a handler does.

    Parameters
    ----------
    module
        Its module.
    name
        Its name within the module: ``"create"``, ``"Repository.list"``.
    node
        Its definition.
    outer
        The function that it is defined in, when it runs without it: the inner function of a decorator.
    """

    module: Module
    name: str
    node: FunctionNode
    outer: Function | None = None

    @property
    def owner(self) -> str | None:
        """The class it is a method of."""
        owner, _, _ = self.name.rpartition(".")
        return owner or None

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """The nodes of its body: decorators and defaults run when it is defined, not when it is called."""
        return tuple(node for statement in self.node.body for node in ast.walk(statement))

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """What each node of its body stands in."""
        inner = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        return {**inner, **dict.fromkeys(self.node.body, self.node)}

    @cached_property
    def own(self) -> tuple[ast.AST, ...]:
        """The nodes of its body without those of functions in it."""
        return tuple(_without_functions(self.node.body))

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names of its parameters."""
        return frozenset(argument.arg for argument in _arguments(self.node.args))

    @cached_property
    def positional(self) -> tuple[str, ...]:
        """The parameters that callers may fill by position, ``self`` excepted."""
        names = [each.arg for each in (*self.node.args.posonlyargs, *self.node.args.args)]
        return tuple(names[1:] if self.owner and names[:1] in (["self"], ["cls"]) else names)

    @cached_property
    def globals(self) -> frozenset[str]:
        """The names that it declares ``global``."""
        return frozenset(name for node in self.nodes if isinstance(node, ast.Global) for name in node.names)

    @cached_property
    def assigned(self) -> Mapping[str, ast.expr]:
        """What its own names are assigned, functions in it included; the last assignment counts."""
        inner = [node for node in self.nodes if isinstance(node, FunctionNode)]
        found = {name: value for node in inner for name, value in assignments(node.body)}
        found |= {node.target.id: node.value for node in self.nodes if isinstance(node, ast.NamedExpr)}
        found |= dict(assignments(self.node.body))
        return {name: value for name, value in found.items() if name not in self.globals}

    @cached_property
    def locals(self) -> frozenset[str]:
        """All names of its own."""
        return (self.parameters | set(self._bound())) - self.globals

    def _bound(self) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.arg):
                yield node.arg
            elif isinstance(node, _NAMED):
                yield node.name or ""

    def default(self, parameter: str) -> ast.expr | None:
        """Return a parameter's default."""
        arguments = self.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        start = len(positional) - len(arguments.defaults)
        found: dict[str, ast.expr | None] = {
            each.arg: value for each, value in zip(positional[start:], arguments.defaults, strict=True)
        }
        found |= {each.arg: value for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
        return found.get(parameter)

    def annotation(self, parameter: str) -> ast.expr | None:
        """Return a parameter's annotation."""
        return next((each.annotation for each in _arguments(self.node.args) if each.arg == parameter), None)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what a node of it stands in, from the inside out."""
        while node is not self.node and node in self.parents:
            node = self.parents[node]
            yield node

    def spot(self, node: ast.AST) -> Spot:
        """Return where a node of it stands."""
        subject = self.module.file if self.name == MODULE else f"{self.module.file}:{self.name}"
        return Spot(self.module.file, getattr(node, "lineno", self.node.lineno), subject)


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _without_functions(body: list[ast.stmt]) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, LATER):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def whole(module: Module) -> Function:
    """Return the module's own level as a function without names, to find origins in it."""
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    node = ast.FunctionDef(name=MODULE, args=nothing, body=[], decorator_list=[], lineno=1)
    return Function(module, MODULE, node)


def of_lambda(module: Module, name: str, node: ast.Lambda) -> Function:
    """Return a lambda as a function."""
    result = ast.copy_location(ast.Return(node.body), node.body)
    return Function(module, name, ast.FunctionDef(name, node.args, [result], [], lineno=node.lineno))
