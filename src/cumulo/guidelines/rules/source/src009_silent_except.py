"""SRC009: no bare or silent except."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

_BROAD = ("Exception", "BaseException", "builtins.Exception", "builtins.BaseException")


class FailuresAreSeen(SourceRule):
    """Failures are handled by kind, and never thrown away.

    A narrow exception that is passed over (``except KeyError: pass``) says what it means, and is left alone.
    """

    id = "SRC009"
    title = "no bare or silent except"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "a failure that nobody sees is repaired by nobody"
    fix = 'name the exception, and logger.exception("…") or raise'
    documentation = "https://peps.python.org/pep-0008/#programming-recommendations"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield handlers that catch whatever there is, or say nothing about it."""
        for function in code.functions:
            for node in function.nodes:
                if isinstance(node, ast.ExceptHandler):
                    message = _judged(code, function, node)
                    if message:
                        yield self.found(function.spot(node), message)
                elif isinstance(node, ast.Call) and _suppresses_all(code, function, node):
                    yield self.found(function.spot(node), "every failure is passed over in silence")


def _suppresses_all(code: Code, function: Function, call: ast.Call) -> bool:
    if code.origin(function, call.func) != "contextlib.suppress":
        return False
    return any(code.origin(function, kind) in _BROAD for kind in call.args)


def _judged(code: Code, function: Function, handler: ast.ExceptHandler) -> str | None:
    if handler.type is None:
        raises = any(isinstance(node, ast.Raise) for statement in handler.body for node in ast.walk(statement))
        return None if raises else "a bare except catches everything, the end of the process included"
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = any(code.origin(function, kind) in _BROAD for kind in kinds)
    return "every failure is passed over in silence" if broad and _is_silent(handler.body) else None


def _is_silent(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(statement, ast.Pass | ast.Continue | ast.Break)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        or (isinstance(statement, ast.Return) and _is_nothing(statement.value))
        for statement in body
    )


def _is_nothing(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.Tuple):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return value is None or (isinstance(value, ast.Constant) and value.value in (None, "", False))
