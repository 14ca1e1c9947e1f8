"""The code that handlers reach, and where the values in it come from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cumulo.guidelines.source.project import FunctionNode, Module, Project, assignments

_MAX_STEPS = 12


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
    """

    module: Module
    name: str
    node: FunctionNode

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
    def parameters(self) -> frozenset[str]:
        """The names of its parameters."""
        arguments = self.node.args
        named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return frozenset(each.arg for each in (*named, *filter(None, (arguments.vararg, arguments.kwarg))))

    @cached_property
    def globals(self) -> frozenset[str]:
        """The names that it declares ``global``."""
        return frozenset(name for node in self.nodes if isinstance(node, ast.Global) for name in node.names)

    @cached_property
    def assigned(self) -> Mapping[str, ast.expr]:
        """What its own names are assigned; the last assignment counts."""
        return {name: value for name, value in assignments(self.node.body) if name not in self.globals}

    @cached_property
    def locals(self) -> frozenset[str]:
        """All names of its own."""
        stored = {n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        return (self.parameters | stored) - self.globals

    def spot(self, node: ast.AST) -> Spot:
        """Return where a node of it stands."""
        return Spot(self.module.file, getattr(node, "lineno", self.node.lineno), f"{self.module.file}:{self.name}")


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
    """

    project: Project
    functions: tuple[Function, ...]
    modules: tuple[Module, ...]
    handlers: frozenset[Function]

    def calls(self) -> Iterator[tuple[Function, ast.Call]]:
        """Yield every call in a function that a handler reaches."""
        for function in self.functions:
            for node in function.nodes:
                if isinstance(node, ast.Call):
                    yield function, node

    def origin(self, function: Function, expression: ast.expr, steps: int = 0) -> str:
        """Tell where a value comes from, as a dotted name with calls.

        Parameters
        ----------
        function
            The function that the expression stands in.
        expression
            The expression.
        steps
            How many names were followed already: names that mean each other end.

        Returns
        -------
        str
            ``"boto3.client(s3)"``, ``"boto3.resource(dynamodb).Table()"``, ``"time.sleep"``; empty when nobody knows.
        """
        if steps > _MAX_STEPS:
            return ""
        if isinstance(expression, ast.Await):
            return self.origin(function, expression.value, steps)
        if isinstance(expression, ast.Name):
            return self._name(function, expression.id, steps)
        if isinstance(expression, ast.Attribute):
            return self._attribute(function, expression, steps)
        if isinstance(expression, ast.Call):
            called = self.origin(function, expression.func, steps + 1)
            return self._returned(called, steps) or (f"{called}({_first_text(expression)})" if called else "")
        return ""

    def _name(self, function: Function, name: str, steps: int) -> str:
        if name in function.parameters:
            return ""
        if name in function.assigned:
            return self.origin(function, function.assigned[name], steps + 1)
        if name in function.locals:
            return ""
        return self._global(function.module, name, steps)

    def _global(self, module: Module, name: str, steps: int) -> str:
        if name in module.functions or name in module.classes:
            return f"{module.name}.{name}"
        if name in module.assigned:
            return self.origin(_whole(module), module.assigned[name], steps + 1)
        if name not in module.imports:
            return name
        dotted = module.imports[name]
        return self._dotted(dotted, steps)

    def _dotted(self, dotted: str, steps: int) -> str:
        found = self.project.locate(dotted)
        if found is None:
            return dotted
        module, rest = found
        first, _, more = rest.partition(".")
        if not first or first not in module.assigned:
            return f"{module.name}.{rest}" if rest else module.name
        value = self.origin(_whole(module), module.assigned[first], steps + 1)
        return f"{value}.{more}" if value and more else value

    def _attribute(self, function: Function, expression: ast.Attribute, steps: int) -> str:
        receiver = expression.value
        if isinstance(receiver, ast.Name) and receiver.id in ("self", "cls") and function.owner:
            return self._of_self(function, expression.attr, steps)
        before = self.origin(function, receiver, steps + 1)
        if not before:
            return ""
        return (
            self._dotted(f"{before}.{expression.attr}", steps + 1)
            if "(" not in before
            else f"{before}.{expression.attr}"
        )

    def _of_self(self, function: Function, attribute: str, steps: int) -> str:
        """Find what methods of the class assign to an attribute of ``self``."""
        for name, node in function.module.functions.items():
            if not name.startswith(f"{function.owner}."):
                continue
            method = Function(function.module, name, node)
            for target, value in _attributes_set(method):
                if target == attribute:
                    return self.origin(method, value, steps + 1)
        return f"{function.module.name}.{function.owner}.{attribute}"

    def _returned(self, called: str, steps: int) -> str:
        """Find what a function of the project returns."""
        found = self.project.locate(called) if "(" not in called else None
        if found is None or found[1] not in found[0].functions:
            return ""
        function = Function(found[0], found[1], found[0].functions[found[1]])
        for node in function.nodes:
            if isinstance(node, ast.Return) and node.value is not None:
                value = node.value
                if isinstance(value, ast.Name) and value.id in function.globals:
                    return self._made_for_global(function, value.id, steps)
                return self.origin(function, value, steps + 1)
        return ""

    def _made_for_global(self, function: Function, name: str, steps: int) -> str:
        values = [value for each, value in assignments(function.node.body) if each == name]
        return self.origin(function, values[-1], steps + 1) if values else ""


def _whole(module: Module) -> Function:
    """Return the module's own level as a function without names, to find origins in it."""
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    node = ast.FunctionDef(name="<module>", args=nothing, body=[], decorator_list=[], lineno=1)
    return Function(module, "<module>", node)


def _attributes_set(method: Function) -> Iterable[tuple[str, ast.expr]]:
    for node in method.nodes:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                yield target.attr, value


def _first_text(call: ast.Call) -> str:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    first = call.args[0] if call.args else named.get("service_name")
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
