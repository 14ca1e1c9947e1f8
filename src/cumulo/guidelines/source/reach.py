"""Following handlers into the project's own modules.

What is mentioned is reached: a function that is passed on is called by somebody. A method is reached when its
name is used and an object of its class may exist. A function that a decorator registers (``@app.get("/items")``)
is reached when its module is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from cumulo.guidelines.source.code import Code, Function
from cumulo.guidelines.source.project import Module, Project


def code_of(root: Path, handlers: Iterable[str]) -> Code:
    """Find the code that handlers run.

    Parameters
    ----------
    root
        The project's folder.
    handlers
        Handlers as Lambda names them: ``"functions.items.create"``, ``"src/app.handler"``.
    """
    project = Project(root)
    reach = _Reach(project)
    for handler in handlers:
        reach.start(handler.replace("/", "."))
    reach.finish()
    functions = sorted(reach.functions.values(), key=lambda each: (each.module.file, each.node.lineno, each.name))
    modules = sorted(reach.modules.values(), key=lambda module: module.file)
    return Code(project, tuple(functions), tuple(modules), frozenset(reach.handlers))


class _Reach:
    """The work in progress: what is reached, and what waits to be looked at."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.functions: dict[tuple[str, str], Function] = {}
        self.modules: dict[str, Module] = {}
        self.handlers: set[Function] = set()
        self._classes: dict[tuple[str, str], tuple[Module, ast.ClassDef]] = {}
        # What Python calls without a name.
        self._used_names = {"__call__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__getitem__", "__iter__"}
        self._waiting: list[Function] = []

    def start(self, handler: str) -> None:
        """Begin at a handler."""
        found = self.project.locate(handler)
        if found is None:
            return
        module, name = found
        self._import(module)
        if name in module.functions:
            self._reach_function(module, name)
            self.handlers.add(self.functions[module.name, name])
        elif name in module.assigned:
            for node in ast.walk(module.assigned[name]):
                self._mention(module, None, node)

    def finish(self) -> None:
        """Follow everything that waits, until nothing new is found."""
        while self._waiting or self._reach_methods():
            while self._waiting:
                function = self._waiting.pop()
                self._import(function.module)
                for node in function.nodes:
                    self._mention(function.module, function, node)

    def _import(self, module: Module) -> None:
        """Note a module and what its own level makes and registers, and the modules that it imports."""
        if module.name in self.modules:
            return
        self.modules[module.name] = module
        for node in module.top_level:
            self._make_alive(module, node)
        for name, node in module.functions.items():
            if any(_registers(module, decorator) for decorator in node.decorator_list):
                self._reach_function(module, name)
        for dotted in module.imports.values():
            found = self.project.locate(dotted)
            if found is not None:
                self._import(found[0])

    def _make_alive(self, module: Module, node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            target = self._target(module, None, node.func)
            if target is not None and target[1] in target[0].classes:
                self._classes[target[0].name, target[1]] = (target[0], target[0].classes[target[1]])

    def _mention(self, module: Module, function: Function | None, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute):
            self._used_names.add(node.attr)
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and function and function.owner:
                self._reach_function(module, f"{function.owner}.{node.attr}")
        if not isinstance(node, ast.Name | ast.Attribute):
            return
        target = self._target(module, function, node)
        if target is None:
            return
        where, name = target
        if name in where.classes:
            self._classes[where.name, name] = (where, where.classes[name])
            self._reach_function(where, f"{name}.__init__")
        else:
            self._reach_function(where, name)

    def _target(self, module: Module, function: Function | None, node: ast.expr) -> tuple[Module, str] | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or (function is not None and node.id in function.locals):
            return None
        if node.id in module.functions or node.id in module.classes:
            return module, ".".join([node.id, *parts])
        if node.id not in module.imports:
            return None
        return self.project.locate(".".join([module.imports[node.id], *parts]))

    def _reach_function(self, module: Module, name: str) -> None:
        if name in module.functions and (module.name, name) not in self.functions:
            function = Function(module, name, module.functions[name])
            self.functions[module.name, name] = function
            self._waiting.append(function)

    def _reach_methods(self) -> bool:
        """Reach the methods of living classes whose names are used; tell whether there were any."""
        for module, node in list(self._classes.values()):
            for owner, base in self._with_bases(module, node):
                for name in owner.functions:
                    if name.startswith(f"{base.name}.") and name.rpartition(".")[2] in self._used_names:
                        self._reach_function(owner, name)
        return bool(self._waiting)

    def _with_bases(self, module: Module, node: ast.ClassDef) -> Iterator[tuple[Module, ast.ClassDef]]:
        waiting, seen = [(module, node)], {id(node)}
        while waiting:
            where, current = waiting.pop()
            yield where, current
            for base in current.bases:
                target = self._target(where, None, base)
                if target is not None and target[1] in target[0].classes:
                    found = target[0].classes[target[1]]
                    if id(found) not in seen:
                        seen.add(id(found))
                        waiting.append((target[0], found))


def _registers(module: Module, decorator: ast.expr) -> bool:
    """Tell whether a decorator is a method of an object that the module holds: ``@app.get("/items")``."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not isinstance(called, ast.Attribute):
        return False
    while isinstance(called, ast.Attribute):
        called = called.value
    return isinstance(called, ast.Name) and called.id in module.assigned
