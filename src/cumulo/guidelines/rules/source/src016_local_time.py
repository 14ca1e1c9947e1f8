"""SRC016: no naive local time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.edits import Replace
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code, Function

_CLASS = "datetime.datetime"
# How many arguments make each of them aware of a zone, or independent of the machine's; none do for some.
_NAIVE = {
    f"{_CLASS}.now": 1,
    f"{_CLASS}.fromtimestamp": 2,
    f"{_CLASS}.utcnow": None,
    f"{_CLASS}.utcfromtimestamp": None,
    f"{_CLASS}.today": None,
    "datetime.date.today": None,
    "datetime.date.fromtimestamp": None,
    "time.localtime": 1,
    "time.ctime": 1,
    "time.strftime": 2,
}
# What makes an aware time of it, or a number that has no zone.
_MENDED_BY = {"astimezone", "timestamp"}
# What is the same of an aware time: nothing of the zone is left in it.
_SAME_WHEN_AWARE = {"date", "day", "hour", "isoweekday", "minute", "month", "second", "weekday", "year"}
# Only those that are UTC already: what the others give depends on TZ, which a function may set.
_MENDS = {f"{_CLASS}.utcnow": "now", f"{_CLASS}.utcfromtimestamp": "fromtimestamp"}


class TimesHaveAZone(SourceRule):
    """A time says which zone it is in."""

    id = "SRC016"
    title = "no naive local time"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "stages run in UTC, users do not"
    fix = "datetime.now(UTC)"
    documentation = "https://docs.python.org/3/library/datetime.html#aware-and-naive-objects"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield times without a zone, and fields that are filled with them."""
        for function, call in code.calls:
            called = code.origin(function, call.func)
            if called in _NAIVE and not _has_zone(called, call) and not _is_mended(function, called, call):
                message = f"{called.removeprefix('datetime.')}() gives a time without a zone"
                replace = _replacement(function, called, call)
                yield self.found(function.spot(call), message, fix=_fix(called), replace=replace)
        for function, call in (*code.calls, *code.calls_at_import):
            for keyword in call.keywords:
                made = code.origin(function, keyword.value) if keyword.arg == "default_factory" else ""
                if made in _NAIVE:
                    message = f"{made.removeprefix('datetime.')}() gives a time without a zone"
                    yield self.found(function.spot(keyword.value), message, fix="lambda: datetime.now(UTC)")


def _has_zone(called: str, call: ast.Call) -> bool:
    enough = _NAIVE[called]
    if enough is None:
        return False
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return True
    named = any(each.arg == "tz" and not _is_none(each.value) for each in call.keywords)
    return named or (len(call.args) >= enough and not _is_none(call.args[-1]))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_mended(function: Function, called: str, call: ast.Call) -> bool:
    """Tell whether the zone is added at once: ``datetime.now().astimezone(UTC)``, ``utcnow().replace(tzinfo=UTC)``."""
    then = _next(function, call)
    if then == "replace":
        outer = function.parents.get(function.parents[call])
        return isinstance(outer, ast.Call) and any(keyword.arg == "tzinfo" for keyword in outer.keywords)
    # The timestamp of a time that is UTC, and does not say so, is wrong wherever it is not UTC.
    return then in _MENDED_BY and called not in _MENDS


def _next(function: Function, call: ast.Call) -> str:
    parent = function.parents.get(call)
    return parent.attr if isinstance(parent, ast.Attribute) else ""


def _replacement(function: Function, called: str, call: ast.Call) -> Replace | None:
    """Return what mends it where nothing else sees the difference: no zone in a text, no comparison, no column."""
    if called not in _MENDS or not isinstance(call.func, ast.Attribute) or not _is_free(function):
        return None
    wanted = 1 if _MENDS[called] == "fromtimestamp" else 0
    if len(call.args) != wanted or call.keywords or not _is_same_when_aware(function, call):
        return None
    arguments = ", ".join([*(ast.unparse(each) for each in call.args), "UTC"])
    text = f"{ast.unparse(call.func.value)}.{_MENDS[called]}({arguments})"
    end = (call.end_lineno or call.lineno, call.end_col_offset or call.col_offset)
    return Replace(function.module.file, call.lineno, call.col_offset, *end, text, ("datetime.UTC",))


def _is_free(function: Function) -> bool:
    """Tell whether ``UTC`` is, or may become, what `datetime` calls so."""
    module = function.module
    taken = {**module.functions, **module.classes, **module.assigned}
    return "UTC" not in taken and "UTC" not in function.locals and module.imports.get("UTC") in (None, "datetime.UTC")


def _is_same_when_aware(function: Function, call: ast.Call) -> bool:
    then = _next(function, call)
    if then != "strftime":
        return then in _SAME_WHEN_AWARE or then == "timestamp"
    outer = function.parents.get(function.parents[call])
    form = outer.args[0] if isinstance(outer, ast.Call) and outer.args else None
    text = form.value if isinstance(form, ast.Constant) else None
    return isinstance(text, str) and not any(zone in text for zone in ("%z", "%Z", "%:z"))


def _fix(called: str) -> str | None:
    if called.endswith("fromtimestamp"):
        return "datetime.fromtimestamp(seconds, UTC)"
    if called.startswith("datetime.date."):
        return "datetime.now(UTC).date()"
    return "time.strftime(form, time.gmtime())" if called.startswith("time.") else None
