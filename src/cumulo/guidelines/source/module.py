"""A module of the project, and what stands in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
# What is in these runs when somebody calls it.
LATER = FunctionNode | ast.Lambda


@dataclass(frozen=True, eq=False)
class Module:
    """A parsed module of the project.

    Parameters
    ----------
    name
        Its dotted name: ``"functions.items"``.
    file
        Its file, relative to the project.
    text
        The source.
    tree
        The syntax tree.
    package
        Dotted name of the package that relative imports start from.
    """

    name: str
    file: str
    text: str
    tree: ast.Module
    package: str

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """What imported names stand for, by local name: ``{"make": "boto3.client"}``."""
        return dict(self._imported())

    @cached_property
    def functions(self) -> Mapping[str, FunctionNode]:
        """Functions and methods by name: ``"create"``, ``"Repository.list"``."""
        found: dict[str, FunctionNode] = {}
        for node in _definitions(self.tree.body):
            if isinstance(node, ast.ClassDef):
                inner = (each for each in _definitions(node.body) if not isinstance(each, ast.ClassDef))
                found.update({f"{node.name}.{each.name}": each for each in inner})
            else:
                found[node.name] = node
        return found

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Classes by name."""
        return {node.name: node for node in _definitions(self.tree.body) if isinstance(node, ast.ClassDef)}

    @cached_property
    def assigned(self) -> Mapping[str, ast.expr]:
        """What module-level names are assigned; the last assignment counts."""
        return dict(assignments(self.tree.body))

    @cached_property
    def set_globally(self) -> Mapping[str, frozenset[str]]:
        """The names of the module that its functions declare ``global``, by function."""
        if not any(isinstance(node, ast.Global) for node in self.nodes):
            return {}
        found = {key: _declared_global(node) for key, node in self.functions.items()}
        return {key: names for key, names in found.items() if names}

    @cached_property
    def set_on_self(self) -> Mapping[tuple[str, str], list[tuple[str, ast.expr]]]:
        """What methods assign to attributes of ``self``: class and attribute → methods and values."""
        found: dict[tuple[str, str], list[tuple[str, ast.expr]]] = {}
        for name, definition in self.functions.items():
            owner, _, _ = name.rpartition(".")
            for node in ast.walk(definition) if owner else ():
                for attribute, value in _set_on_self(node):
                    found.setdefault((owner, attribute), []).append((name, value))
        return found

    @cached_property
    def top_level(self) -> tuple[ast.AST, ...]:
        """The nodes that run when the module is imported, ``if __name__ == "__main__":`` excepted."""
        return tuple(_top_level(self.tree.body))

    def _imported(self) -> Iterator[tuple[str, str]]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.split(".")[0]
                    yield (alias.asname, alias.name) if alias.asname else (top, top)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                for alias in node.names:
                    yield alias.asname or alias.name, f"{base}.{alias.name}" if base else alias.name

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.package.split(".") if self.package else []
        parts = parts[: len(parts) - (node.level - 1)]
        return ".".join([*parts, *([node.module] if node.module else [])])


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield names and what they are assigned, in a body and the blocks within it."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            yield from ((t.id, statement.value) for t in statement.targets if isinstance(t, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value
        elif isinstance(statement, ast.With | ast.AsyncWith):
            names = ((item.optional_vars, item.context_expr) for item in statement.items)
            yield from ((name.id, value) for name, value in names if isinstance(name, ast.Name))
        for block in _blocks(statement):
            yield from assignments(block)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement, definitions excepted."""
    if isinstance(statement, FunctionNode | ast.ClassDef):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield block
    for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield inner.body


def _declared_global(node: FunctionNode) -> frozenset[str]:
    return frozenset(name for each in ast.walk(node) if isinstance(each, ast.Global) for name in each.names)


def _definitions(body: list[ast.stmt]) -> Iterator[FunctionNode | ast.ClassDef]:
    """Yield functions and classes of a body, those behind ``if`` and ``try`` included."""
    for statement in body:
        if isinstance(statement, FunctionNode | ast.ClassDef):
            yield statement
        for block in _blocks(statement):
            yield from _definitions(block)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test):
            continue
        yield from _outside_functions(statement)


def _outside_functions(statement: ast.stmt) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, LATER):
            waiting += (*getattr(node, "decorator_list", ()), *node.args.defaults)
            waiting += filter(None, node.args.kw_defaults)
        else:
            waiting += ast.iter_child_nodes(node)


def _set_on_self(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets, value = [node.target], node.value
    else:
        return
    for target in targets:
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) in ("self", "cls"):
            yield target.attr, value
