"""SRC008: an exception's text is not returned to the caller."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

# Errors that a front door shows to its caller.
_SHOWN = (
    "aws_lambda_powertools.event_handler.exceptions.",
    "chalice.",
    "cumulo.runtime.errors.",
    "fastapi.HTTPException",
    "starlette.exceptions.",
    "werkzeug.exceptions.",
)
# Errors that speak about what the caller sent.
_ABOUT_INPUT = ("json.JSONDecodeError", "json.decoder.JSONDecodeError", "marshmallow.ValidationError")
_ROUTES = {"any", "delete", "exception_handler", "get", "head", "not_found", "options", "patch", "post", "put", "route"}
_BODY_KEYS = {"body", "statusCode"}
_RESPONSES = ("Response", "response", "error")
_TEXTS = ("str", "repr", "traceback.format_exc", "traceback.format_exception")
_TELLING = {"args", "message", "msg", "response", "strerror"}


class ExceptionsStayInside(SourceRule):
    """What an exception says is logged, not shown.

    Exceptions that the project defines itself are free to be shown: their text was written for it. So are those of
    validation: they speak about what the caller sent.
    """

    id = "SRC008"
    title = "an exception's text is not returned to the caller"
    severity = everywhere(Severity.ERROR)
    subject = "Python"
    why = "it leaks table names, queries and paths"
    fix = 'logger.exception("create failed") and return a sentence of your own'
    documentation = "https://cwe.mitre.org/data/definitions/209.html"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield answers with an exception's text in them."""
        for function in code.functions:
            for name, body in _caught(code, function):
                told = _Told(code, function, name, body)
                for node in told.answers():
                    yield self.found(function.spot(node), "the caller sees an exception's text")


def _caught(code: Code, function: Function) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Yield the names of caught exceptions with the code that sees them."""
    for node in function.nodes:
        if isinstance(node, ast.ExceptHandler) and not _is_own(code, function, node.type):
            yield node.name or "", node.body
    for decorator in function.node.decorator_list:
        # @app.exception_handler(ValueError): the first parameter is the exception.
        is_handler = isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("exception_handler")
        if is_handler and isinstance(decorator, ast.Call) and function.node.args.args:
            own = all(_is_own(code, function, kind) for kind in decorator.args)
            names = [argument.arg for argument in function.node.args.args if argument.arg != "self"]
            if not own and names:
                yield names[-1], function.node.body


def _is_own(code: Code, function: Function, kind: ast.expr | None) -> bool:
    """Tell whether only exceptions of the project itself, or made to be shown, are caught."""
    if kind is None:
        return False
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    for each in kinds:
        name = code.origin(function, each)
        found = code.project.locate(name) if name and "(" not in name else None
        own = found is not None and found[1] in found[0].classes
        about_input = name in _ABOUT_INPUT or (name.startswith("pydantic") and name.endswith(".ValidationError"))
        if not own and not about_input and not name.startswith(_SHOWN):
            return False
    return True


class _Told:
    """Where an exception's text goes within a block."""

    def __init__(self, code: Code, function: Function, name: str, body: list[ast.stmt]) -> None:
        self.code = code
        self.function = function
        self.body = body
        self.name = name
        self.names: set[str] = set()
        self.nodes = [node for statement in body for node in ast.walk(statement)]
        for node in self.nodes:
            if isinstance(node, ast.Assign) and self._tells(node.value):
                self.names |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def answers(self) -> Iterator[ast.AST]:
        """Yield returns to a caller, and raises of errors that are shown, which tell the text."""
        for node in self.nodes:
            if isinstance(node, ast.Return) and node.value is not None and self._tells(node.value):
                if self._is_answer(node.value):
                    yield node
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                raised = self.code.origin(self.function, node.exc.func)
                if raised.startswith(_SHOWN) and self._tells(node.exc):
                    yield node

    def _is_answer(self, value: ast.expr) -> bool:
        """Tell whether a returned value goes to a caller: from a handler or route, or in the shape of a response."""
        decorators = (each.rpartition(".")[2] for each in self.code.decorators(self.function))
        if self.function in self.code.handlers or any(name in _ROUTES for name in decorators):
            return True
        for node in ast.walk(value):
            if isinstance(node, ast.Dict):
                keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
                if keys & _BODY_KEYS:
                    return True
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].endswith(_RESPONSES):
                return True
        return False

    def _tells(self, value: ast.expr) -> bool:
        return any(self._is_text(node) for node in ast.walk(value))

    def _is_text(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            return self._is_exception(node.value) and node.attr in _TELLING
        if isinstance(node, ast.FormattedValue):
            return self._is_exception(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return any(self._is_exception(part) for part in ast.walk(node.right))
        if isinstance(node, ast.Call):
            return self._is_text_call(node)
        return False

    def _is_text_call(self, call: ast.Call) -> bool:
        called = self.code.origin(self.function, call.func)
        if called.startswith("traceback.") and called in _TEXTS:
            return True
        formats = isinstance(call.func, ast.Attribute) and call.func.attr == "format"
        return (called in _TEXTS or formats) and any(self._is_exception(argument) for argument in call.args)

    def _is_exception(self, node: ast.AST) -> bool:
        return bool(self.name) and isinstance(node, ast.Name) and node.id == self.name
