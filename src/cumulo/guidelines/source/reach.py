"""Following handlers into the project's own modules.

What is mentioned is reached: a function that is passed on is called by somebody, and so is what stands in a list or
dict of the module that is mentioned. A method is reached when its name is used and an object of its class may exist.
A function that a decorator registers (``@app.get("/items")``) is reached when its module is imported. What a decorator
of the project puts around a function is reached with the function; what the decorator itself does runs at import.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path

from cumulo.guidelines.source.classes import bases
from cumulo.guidelines.source.code import Code
from cumulo.guidelines.source.functions import Function, of_lambda
from cumulo.guidelines.source.module import FunctionNode, Module
from cumulo.guidelines.source.project import Project

_KEEPING = {"add", "append", "register", "setdefault"}


def code_of(root: Path, handlers: Iterable[str], project: Project | None = None) -> Code:
    """Find the code that handlers run.

    Parameters
    ----------
    root
        The project's folder.
    handlers
        Handlers as Lambda names them: ``"functions.items.create"``, ``"src/app.handler"``.
    project
        The folder's modules, when some of them were parsed already.
    """
    project = project or Project(root)
    reach = _Reach(project)
    for handler in handlers:
        reach.start(handler.replace("/", "."))
    reach.finish()
    functions = sorted(reach.functions.values(), key=lambda each: (each.module.file, each.node.lineno, each.name))
    modules = sorted(reach.modules.values(), key=lambda module: module.file)
    starting = tuple(function for key, function in reach.starting.items() if key not in reach.functions)
    return Code(project, tuple(functions), tuple(modules), frozenset(reach.handlers), starting=starting)


class _Reach:
    """The work in progress: what is reached, and what waits to be looked at."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.functions: dict[tuple[str, str], Function] = {}
        self.modules: dict[str, Module] = {}
        self.handlers: set[Function] = set()
        self.starting: dict[tuple[str, str], Function] = {}
        self._classes: dict[tuple[str, str], tuple[Module, ast.ClassDef]] = {}
        # What Python calls without a name.
        self._used_names = {"__call__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__getitem__", "__iter__"}
        self._waiting: list[Function] = []
        self._kept: set[tuple[str, str]] = set()
        self._names: list[tuple[Module, str]] = []

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
        while self._waiting or self._names or self._reach_methods():
            while self._names:
                self._keep(*self._names.pop())
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
        # Python runs the packages around a module first.
        packages = map(self.project.module, accumulate(module.name.split(".")[:-1], "{}.{}".format))
        for package in filter(None, packages):
            self._import(package)
        self._start(module)
        for node in module.tree.body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                # app.add_route("/items", create): nobody keeps the answer, so the function is what it is about.
                for argument in (*node.value.args, *(keyword.value for keyword in node.value.keywords)):
                    self._mention(module, None, argument)
        for name, node in module.functions.items():
            if any(self._registers(module, decorator) for decorator in node.decorator_list):
                self._reach_function(module, name)
        for dotted in module.imports.values():
            found = self.project.locate(dotted)
            if found is not None:
                self._import(found[0])

    def _start(self, module: Module) -> None:
        """Follow what runs at import: the objects that it makes may be used later."""
        waiting: list[tuple[Module, Function | None, Iterable[ast.AST]]] = [(module, None, module.top_level)]
        while waiting:
            where, function, nodes = waiting.pop()
            for called in (each for node in nodes for each in _called(node)):
                target = self._target(where, function, called)
                started = self._started(*target) if target is not None else None
                if started is not None:
                    waiting.append((started.module, started, started.own))

    def _started(self, module: Module, name: str) -> Function | None:
        """Note what a call at import runs, when it was not known yet."""
        if name in module.classes:
            self._classes[module.name, name] = (module, module.classes[name])
            name = f"{name}.__init__"
        if name not in module.functions or (module.name, name) in self.starting:
            return None
        return self.starting.setdefault((module.name, name), Function(module, name, module.functions[name]))

    def _mention(self, module: Module, function: Function | None, node: ast.AST) -> None:
        if isinstance(node, ast.Attribute):
            if node.attr == "__init__":
                self._reach_makers(module, function)
            else:
                self._used_names.add(node.attr)
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and function and function.owner:
                self._reach_function(module, f"{function.owner}.{node.attr}")
        elif not isinstance(node, ast.Name):
            return
        target = self._target(module, function, node)
        if target is None:
            return
        where, name = target
        if name in where.assigned:
            if (where.name, name) not in self._kept:
                self._kept.add((where.name, name))
                self._names.append((where, name))
        elif name in where.classes:
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
        if node.id in module.functions or node.id in module.classes or node.id in module.assigned:
            return module, ".".join([node.id, *parts])
        if node.id not in module.imports:
            return None
        return self.project.locate(".".join([module.imports[node.id], *parts]))

    def _reach_function(self, module: Module, name: str) -> None:
        if name in module.functions and (module.name, name) not in self.functions:
            function = Function(module, name, module.functions[name])
            self._add(name, function)
            for decorator in function.node.decorator_list:
                self._decorate(module, decorator)

    def _reach_makers(self, module: Module, function: Function | None) -> None:
        """Reach what ``super().__init__()`` runs: only in the classes that this one is made from."""
        for where, name in bases(self.project, module, function.owner) if function and function.owner else ():
            self._reach_function(where, f"{name}.__init__")

    def _add(self, key: str, function: Function) -> None:
        self.functions[function.module.name, key] = function
        self._waiting.append(function)

    def _decorate(self, module: Module, decorator: ast.expr) -> None:
        """Reach what a decorator of the project puts around a function: ``@retry``, or ``@retry(times=3)``."""
        depth, called = (2, decorator.func) if isinstance(decorator, ast.Call) else (1, decorator)
        target = self._target(module, None, called)
        if target is None or target[1] not in target[0].functions:
            return
        where, name = target
        outer = Function(where, name, where.functions[name])
        for inner in _inside(outer.node, depth):
            key = f"{name}.{inner.name}"
            if (where.name, name) not in self.functions and (where.name, key) not in self.functions:
                self._add(key, Function(where, key, inner, outer))

    def _keep(self, module: Module, name: str) -> None:
        """Reach the functions in a list, a dict or an object that a module keeps under a name."""
        for node in _kept(module.assigned[name]):
            if isinstance(node, ast.Lambda):
                self._add(f"{name}:{node.lineno}:{node.col_offset}", of_lambda(module, name, node))
            else:
                self._mention(module, None, node)

    def _reach_methods(self) -> bool:
        """Reach the methods of living classes whose names are used; tell whether there were any."""
        for module, node in list(self._classes.values()):
            for owner, base in bases(self.project, module, node.name):
                for name in owner.functions:
                    if name.startswith(f"{base}.") and name.rpartition(".")[2] in self._used_names:
                        self._reach_function(owner, name)
        return bool(self._waiting or self._names)

    def _registers(self, module: Module, decorator: ast.expr) -> bool:
        """Tell whether a decorator keeps the function: a method of an object that a module holds, or one of ours.

        ``@app.get("/items")``, or ``@route("/items")`` that puts the function into a dict.
        """
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        target = self._target(module, None, called)
        if target is not None and target[1] in target[0].functions:
            return _keeps_a_parameter(target[0].functions[target[1]])
        if not isinstance(called, ast.Attribute):
            return False
        while isinstance(called, ast.Attribute):
            called = called.value
        if not isinstance(called, ast.Name):
            return False
        held = self.project.locate(module.imports[called.id]) if called.id in module.imports else None
        return called.id in module.assigned or (held is not None and held[1] in held[0].assigned)


def _called(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node calls: a call its function, a definition its decorators."""
    if isinstance(node, ast.Call):
        yield node.func
    elif isinstance(node, FunctionNode | ast.ClassDef):
        yield from (each for each in node.decorator_list if not isinstance(each, ast.Call))


def _kept(value: ast.expr) -> Iterator[ast.Name | ast.Attribute | ast.Lambda]:
    """Yield what a value of a module keeps, or hands over to what makes it, to be called later."""
    waiting: list[ast.AST] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name | ast.Attribute | ast.Lambda):
            yield node
        elif isinstance(node, ast.Call):
            waiting.extend((*node.args, *(keyword.value for keyword in node.keywords)))
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _keeps_a_parameter(decorator: FunctionNode) -> bool:
    """Tell whether a function, or one in it, puts a parameter into a list or dict."""
    for node in ast.walk(decorator):
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Subscript) for target in node.targets):
            kept = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _KEEPING:
            kept = [*node.args, *(keyword.value for keyword in node.keywords)]
        else:
            continue
        parameters = {each.arg for each in ast.walk(decorator) if isinstance(each, ast.arg)}
        if any(isinstance(value, ast.Name) and value.id in parameters for value in kept):
            return True
    return False


def _inside(node: ast.AST, depth: int) -> Iterator[FunctionNode]:
    """Yield the innermost functions in a function, those that are at least so deep in it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FunctionNode):
            deeper = list(_inside(child, depth - 1))
            yield from deeper or ([child] if depth <= 1 else [])
        else:
            yield from _inside(child, depth)
