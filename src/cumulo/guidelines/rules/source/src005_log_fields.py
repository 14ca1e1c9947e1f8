"""SRC005: log calls pass fields, not formatted sentences."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

_LEVELS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}
# These take fields as keyword arguments: nothing needs a place in the sentence.
_WITH_FIELDS = ("aws_lambda_powertools.Logger(", "aws_lambda_powertools.logging.Logger(", "structlog.", "loguru.logger")
_NAMES = {"log", "logger"}


class LogsHaveFields(SourceRule):
    """What differs between two log lines of one kind is a field, so that it can be filtered and counted.

    ``logger.info("created %s", name)`` is left alone with the standard library's loggers, which know nothing else and
    keep the sentence apart; loggers that take fields have no need of it.
    """

    id = "SRC005"
    title = "log calls pass fields, not formatted sentences"
    severity = everywhere(Severity.INFO)
    subject = "Python"
    why = "fields can be searched and counted, sentences cannot"
    fix = 'logger.info("item created", item_id=item_id)'
    documentation = "https://docs.powertools.aws.dev/lambda/python/latest/core/logger/"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield log calls whose sentence is put together."""
        for function, call in code.calls:
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in _LEVELS:
                continue
            logger = _logger(code, function, call.func.value)
            place = 1 if call.func.attr == "log" else 0
            if logger is None or len(call.args) <= place:
                continue
            how = _formatted(call.args[place])
            if not how and logger.startswith(_WITH_FIELDS) and len(call.args) > place + 1:
                how = "with %"
            if how:
                fix = 'logger.info("item created", extra={"item_id": item_id})' if _is_standard(logger) else None
                message = f"the log's sentence is put together {how}: pass the values as fields"
                yield self.found(function.spot(call), message, fix=fix)


def _logger(code: Code, function: Function, receiver: ast.expr) -> str | None:
    """Return where a logger comes from; ``None`` when it is none."""
    origin = code.origin(function, receiver)
    if _is_standard(origin) or origin.startswith(_WITH_FIELDS):
        return origin
    name = ast.unparse(receiver).rpartition(".")[2].strip("_").lower()
    return "" if name in _NAMES and (not origin or code.project.locate(origin.partition("(")[0]) is None) else None


def _is_standard(origin: str) -> bool:
    return origin == "logging" or origin.startswith("logging.getLogger(")


def _formatted(text: ast.expr) -> str:
    """Tell how a text is put together; empty when it is not."""
    match text:
        case ast.JoinedStr(values=values):
            return "with an f-string" if any(isinstance(each, ast.FormattedValue) for each in values) else ""
        case ast.BinOp(op=ast.Mod(), left=left) if _is_text(left):
            return "with %"
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            parts = list(_added(left)) + list(_added(right))
            texts = [_is_text(part) or isinstance(part, ast.JoinedStr) for part in parts]
            return "with +" if any(texts) and not all(_is_text(part) for part in parts) else ""
        case ast.Call(func=ast.Attribute(value=value, attr="format")) if _is_text(value):
            return "with format()"
    return ""


def _added(node: ast.expr) -> Iterator[ast.expr]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add):
            waiting += [each.left, each.right]
        else:
            yield each


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
