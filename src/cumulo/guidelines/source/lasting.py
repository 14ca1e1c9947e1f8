"""What outlives a call: names of modules and of objects, and code that runs only while they are empty."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.source.code import Code, Function
from cumulo.guidelines.source.functions import MODULE

_CACHES = ("cache", "lru_cache", "cached_property", "cachedmethod", "cached", "alru_cache", "ttl_cache")
_MAX_CALLERS = 4
_Ends = ast.Return | ast.Raise | ast.Continue


def runs_once(code: Code, function: Function, node: ast.AST, steps: int = 0) -> bool:
    """Tell whether a node of a function runs once per environment: cached, or only while a lasting name is empty.

    Parameters
    ----------
    code
        The code.
    function
        The function.
    node
        A node of it.
    steps
        How many callers were followed already.
    """
    if is_cached(code, function) or node in filled_once(function):
        return True
    if steps >= _MAX_CALLERS or function in code.handlers or code.is_handed_over(function):
        return False
    callers = code.callers(function)
    if not callers or any(caller is function for caller, _ in callers):
        return False
    return all(
        caller.name == MODULE or caller in code.starting or runs_once(code, caller, call, steps + 1)
        for caller, call in callers
    )


def is_cached(code: Code, function: Function) -> bool:
    """Tell whether a decorator keeps what a function returns."""
    return any(
        name.rpartition("(")[0].rpartition(".")[2] in _CACHES or name.rpartition(".")[2] in _CACHES
        for name in code.decorators(function)
    )


def lasting(function: Function, node: ast.AST) -> str | None:
    """Return the name that holds a value and outlives the call: ``"_client"``, ``"self._table"``; else ``None``."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            return f"self.{node.attr}"
        node = node.value
    if not isinstance(node, ast.Name) or node.id in function.locals:
        return None
    module = function.module
    kept = (module.assigned, module.classes, module.functions, module.imports)
    return node.id if node.id in function.globals or any(node.id in names for names in kept) else None


def filled_once(function: Function) -> frozenset[ast.AST]:
    """Return the nodes of a function that run only while a lasting name is empty, or holds too little.

    ``if _client is None: _client = …``, ``if key not in CACHE: CACHE[key] = …``, a return before, ``or``, a
    ``KeyError``; also where the name was read into one of the function's own before.
    """
    read = _read_before(function)
    blocks: list[list[ast.stmt]] = []
    for node in function.nodes:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                names = _tested(function, test, read)
                blocks += [block for block in (body, orelse) if names & _stored(function, block)]
            case ast.Try(body=body, handlers=handlers):
                names = {name for statement in body for name in _tested(function, statement, read)}
                blocks += [each.body for each in handlers if names & _stored(function, each.body)]
            case ast.Assign(value=value) if _tested(function, value, {}) & _stored(function, [node]):
                if isinstance(value, ast.BoolOp | ast.IfExp):
                    blocks.append([node])
    blocks += _after_return(function, function.node.body, read)
    return frozenset(node for block in blocks for statement in block for node in ast.walk(statement))


def _after_return(function: Function, body: list[ast.stmt], read: dict[str, set[str]]) -> Iterator[list[ast.stmt]]:
    """Yield what comes after ``if _client is not None: return _client``."""
    for place, statement in enumerate(body):
        if isinstance(statement, ast.If) and isinstance(statement.body[-1], _Ends):
            rest = body[place + 1 :]
            if _tested(function, statement.test, read) & _stored(function, rest):
                yield rest
        elif isinstance(statement, ast.With | ast.AsyncWith | ast.For | ast.AsyncFor | ast.Try):
            yield from _after_return(function, statement.body, read)


def _read_before(function: Function) -> dict[str, set[str]]:
    """Return which lasting names each of the function's own names was read from."""
    read: dict[str, set[str]] = {}
    for node in function.nodes:
        if isinstance(node, ast.Assign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    read.setdefault(target.id, set()).update(_tested(function, node.value, {}))
    return read


def _tested(function: Function, test: ast.AST, read: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(test):
        if isinstance(node, ast.Name | ast.Attribute):
            name = lasting(function, node)
            found |= {name} if name else set()
        if isinstance(node, ast.Name):
            found |= read.get(node.id, set())
    return found


def _stored(function: Function, body: list[ast.stmt]) -> set[str]:
    """Return the lasting names that a block assigns; adding to a number is not keeping."""
    found = set()
    for statement in body:
        for node in ast.walk(statement):
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                targets = [node.func.value] if node.func.attr in ("add", "update", "append", "setdefault") else []
            for target in targets:
                each = target.elts if isinstance(target, ast.Tuple) else [target]
                found |= {name for one in each if (name := lasting(function, one))}
    return found
