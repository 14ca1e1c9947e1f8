"""SRC012: posting to connections handles the gone ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

_CATCHES = {"BaseException", "ClientError", "Exception", "GoneException"}
_MAX_CALLERS = 3


class GoneConnectionsAreHandled(SourceRule):
    """A client that closed its browser stops nobody else's message."""

    id = "SRC012"
    title = "posting to connections handles the gone ones"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "a connection that is gone answers 410, and the others get nothing"
    fix = "except client.exceptions.GoneException: forget the connection"
    documentation = "https://repost.aws/knowledge-center/410-gone-api-gateway"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield posts that nobody catches anything around."""
        for function, call in code.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "post_to_connection":
                own = code.project.locate(code.origin(function, call.func) or "-")
                if own is None and not _is_caught(code, function, call, 0):
                    yield self.found(function.spot(call), "a connection that is gone makes it fail")


def _is_caught(code: Code, function: Function, call: ast.Call, steps: int) -> bool:
    """Tell whether a call, or every call of its function, stands in a ``try`` that catches the error."""
    inner: ast.AST = call
    for node in function.ancestors(call):
        if isinstance(node, ast.Try) and inner in node.body and any(_catches(each.type) for each in node.handlers):
            return True
        if isinstance(node, ast.With | ast.AsyncWith) and any(_suppresses(item.context_expr) for item in node.items):
            return True
        inner = node
    if function in code.handlers or steps >= _MAX_CALLERS:
        return False
    if code.is_handed_over(function):
        # Whoever calls it, a pool or a decorator, may catch it.
        return True
    callers = [(caller, each) for caller, each in code.callers(function) if caller is not function]
    return bool(callers) and all(_is_caught(code, caller, each, steps + 1) for caller, each in callers)


def _catches(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or ast.unparse(each).rpartition(".")[2] in _CATCHES for each in kinds)


def _suppresses(manager: ast.expr) -> bool:
    if not isinstance(manager, ast.Call) or not ast.unparse(manager.func).endswith("suppress"):
        return False
    return any(_catches(kind) for kind in manager.args)
