"""Who needs what modules import at their own level."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cumulo.guidelines.source.code import Code, Function
from cumulo.guidelines.source.module import Module

# Which imports these itself, whatever the project does.
_KIT = "cumulo"
_OF_THE_KIT = frozenset({"aws_lambda_powertools", "boto3", "botocore", "pydantic"})
_VERBS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", "route"})


@dataclass(frozen=True, eq=False)
class Imported:
    """A statement that imports something when its module is imported.

    Parameters
    ----------
    module
        Where it stands.
    node
        The statement.
    """

    module: Module
    node: ast.Import | ast.ImportFrom

    @property
    def modules(self) -> frozenset[str]:
        """What it may import: of ``from a import b`` both ``a`` and ``a.b``."""
        if isinstance(self.node, ast.Import):
            return frozenset(alias.name for alias in self.node.names)
        base = self.node.module or ""
        return frozenset({base, *(f"{base}.{alias.name}" for alias in self.node.names)})

    @property
    def packages(self) -> frozenset[str]:
        """The packages that it is about: ``{"boto3"}``."""
        return frozenset(name.partition(".")[0] for name in self.modules)

    @property
    def loaded(self) -> frozenset[str]:
        """The packages that are imported by it."""
        return self.packages | _OF_THE_KIT if _KIT in self.packages else self.packages

    @property
    def names(self) -> frozenset[str]:
        """The names that it binds."""
        return frozenset(alias.asname or alias.name.partition(".")[0] for alias in self.node.names)


def imported(code: Code) -> list[Imported]:
    """Return what modules import from elsewhere when they are imported, those behind ``if`` and ``try`` included."""
    return [
        Imported(module, node)
        for module in code.modules
        for node in module.top_level
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
    ]


def only_user(code: Code, statement: Imported) -> Function | None:
    """Return the only function that uses what a statement imports; ``None`` when something else does, or may.

    Parameters
    ----------
    code
        What handlers reach.
    statement
        One that stands by itself on its module's own level: not for type checkers, nor with something instead.
    """
    module = statement.module
    if statement.node not in module.tree.body or _is_passed_on(code, statement):
        return None
    used = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name) and node.id in statement.names]
    users = [
        function
        for function in code.functions
        if function.module is module and used and all(node in function.nodes for node in used)
    ]
    return users[0] if len(users) == 1 else None


def is_needed_by_all(code: Code, function: Function) -> bool:
    """Tell whether every handler and route that imports a function's module may come to the function.

    What is mentioned counts as called, and names count wherever they are from: it errs on the side of "needed".
    """
    if any(_mentions(node) in _called(function) for module in code.modules for node in module.top_level):
        return True
    named: dict[str, list[Function]] = {}
    for each in code.functions:
        for name in _called(each):
            named.setdefault(name, []).append(each)
    return all(function in _reached(entry, named) for entry in _entries(code, function.module))


def _is_passed_on(code: Code, statement: Imported) -> bool:
    """Tell whether other modules take the names from this one, or may: ``lib.BaseModel``."""
    names = {f"{statement.module.name}.{name}" for name in statement.names}
    others = [module for module in code.modules if module is not statement.module]
    return any(names & set(module.imports.values()) for module in others) or any(
        isinstance(node, ast.Attribute) and node.attr in statement.names
        for module in others
        for node in ast.walk(module.tree)
    )


def _called(function: Function) -> set[str]:
    """Return the names that reach a function: its own; the class's, when Python calls it; what it is defined in."""
    outer, _, name = function.name.rpartition(".")
    implied = function.outer is not None or (name.startswith("__") and name.endswith("__"))
    return {name, *outer.split(".")} if implied else {name}


def _mentions(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _reached(entry: Function, named: dict[str, list[Function]]) -> set[Function]:
    waiting, seen = [entry], {entry}
    while waiting:
        function = waiting.pop()
        decorators = (node for decorator in function.node.decorator_list for node in ast.walk(decorator))
        for name in {_mentions(node) for node in (*function.nodes, *decorators)} - {None}:
            new = [each for each in named.get(name or "", ()) if each not in seen]
            seen.update(new)
            waiting += new
    return seen


def _entries(code: Code, module: Module) -> Iterator[Function]:
    """Yield the handlers and routes whose modules import a module; a handler that has routes leaves it to them."""
    routes = [function for function in code.functions if _is_route(code, function)]
    for route in routes:
        if module in _imports(code, route.module):
            yield route
    for handler in code.handlers:
        loaded = _imports(code, handler.module)
        if module in loaded and not any(route.module in loaded for route in routes):
            yield handler


def _imports(code: Code, module: Module) -> set[Module]:
    waiting, seen = [module], {module}
    while waiting:
        for dotted in waiting.pop().imports.values():
            found = code.project.locate(dotted)
            if found is not None and found[0] not in seen:
                seen.add(found[0])
                waiting.append(found[0])
    return seen


def _is_route(code: Code, function: Function) -> bool:
    """Tell whether a decorator of an object of the project registers a function: ``@app.get("/items")``."""
    for decorator in function.node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr in _VERBS and isinstance(called.value, ast.Name):
            name = called.value.id
            imports = function.module.imports
            if name in function.module.assigned or (name in imports and code.project.locate(imports[name])):
                return True
    return False
