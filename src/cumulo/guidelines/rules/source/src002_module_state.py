"""SRC002: no module-level state changed by a handler."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function
from cumulo.guidelines.source.functions import MODULE
from cumulo.guidelines.source.lasting import filled_once, lasting

_CHANGES = {
    "add", "append", "appendleft", "difference_update", "discard", "extend", "extendleft", "insert", "pop", "popitem",
    "popleft", "remove", "reverse", "sort", "symmetric_difference_update", "update",
}  # fmt: skip
_CONTAINERS = {
    "bytearray", "collections.Counter", "collections.OrderedDict", "collections.defaultdict", "collections.deque",
    "dict", "list", "set",
}  # fmt: skip
_LITERALS = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp
_HOLDERS = ("types.SimpleNamespace()", "argparse.Namespace()")


class CallsShareNothing(SourceRule):
    """A call leaves nothing behind in the module that the next one would find.

    Caches are meant: what is filled only while it is empty, what is called a cache, and flags and resets.
    """

    id = "SRC002"
    title = "no module-level state changed by a handler"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "environments come and go, and are many"
    fix = "keep it in a table, or hand it over as an argument"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html"
    settings = {"caches": ("cache", "memo", "pool")}

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield what changes a name of a module, or what it holds."""
        for function in code.functions:
            changes = [(node, name) for node in function.nodes if (name := _changed(code, function, node))]
            once = filled_once(function) if changes else ()
            for node, name in changes:
                if node not in once and not self._is_meant(name) and not _fills_for_callers(code, function, name):
                    message = f"it changes {name}: the next call in this environment sees it, other environments do not"
                    yield self.found(function.spot(node), message)

    def _is_meant(self, name: str) -> bool:
        return any(word in name.lower() for word in self.set["caches"])


def _changed(code: Code, function: Function, node: ast.AST) -> str | None:
    """Return the name of the module that a node changes."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    elif isinstance(node, ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
        return _contained(code, function, node.func.value)
    else:
        return None
    if isinstance(node, ast.Assign | ast.AnnAssign) and _is_flag(node.value):
        targets = [target for target in targets if _grows(target)]
    each = (one for target in targets for one in (target.elts if isinstance(target, ast.Tuple) else [target]))
    return next(filter(None, (_assigned(code, function, target) for target in each)), None)


def _assigned(code: Code, function: Function, target: ast.expr) -> str | None:
    if isinstance(target, ast.Name):
        return target.id if target.id in function.globals else None
    if isinstance(target, ast.Subscript):
        return _contained(code, function, target.value)
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        name = lasting(function, target.value)
        return f"{name}.{target.attr}" if name and _is_own_object(code, function, target.value) else None
    return None


def _contained(code: Code, function: Function, holder: ast.expr) -> str | None:
    """Return the name of a list, dict or set of a module."""
    while isinstance(holder, ast.Subscript):
        holder = holder.value
    name = lasting(function, holder)
    if name is None or name.startswith("self.") or not isinstance(holder, ast.Name | ast.Attribute):
        return None
    module = function.module
    dotted = ast.unparse(holder)
    first, _, rest = dotted.partition(".")
    found = code.project.locate(f"{module.imports.get(first, f'{module.name}.{first}')}.{rest}".rstrip("."))
    value = found[0].assigned.get(found[1]) if found else None
    if isinstance(value, ast.Call):
        return dotted if code.origin(function, value.func) in _CONTAINERS or _made(value) in _CONTAINERS else None
    return dotted if isinstance(value, _LITERALS) else None


def _made(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else f"collections.{getattr(call.func, 'attr', '')}"


def _is_own_object(code: Code, function: Function, holder: ast.Name) -> bool:
    """Tell whether a name of a module is a module, a class or an object of the project, or a bag of attributes."""
    origin = code.origin(function, holder)
    if origin in _HOLDERS:
        return True
    found = code.project.locate(origin.partition("(")[0]) if origin else None
    return found is not None and (not found[1] or found[1] in found[0].classes)


def _grows(target: ast.expr) -> bool:
    """Tell whether a flag is one of many, as ``SEEN[order_id] = True``: what is noted there differs by call."""
    return isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Constant)


def _is_flag(value: ast.expr | None) -> bool:
    """Tell whether a value is a flag or a reset: the same whatever the call was."""
    return isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool))


def _fills_for_callers(code: Code, function: Function, name: str) -> bool:
    """Tell whether every caller asks first: ``if _token is None: _refresh()``."""
    callers = [] if function in code.handlers else code.callers(function)
    return bool(callers) and all(_asks(caller, call, name) for caller, call in callers)


def _asks(caller: Function, call: ast.Call, name: str) -> bool:
    tests = (node.test for node in caller.ancestors(call) if isinstance(node, ast.If))
    names = (node for test in tests for node in ast.walk(test) if isinstance(node, ast.Name | ast.Attribute))
    return caller.name == MODULE or any(ast.unparse(node) == name for node in names)
