"""SRC014: no sleeping in a handler."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code

_SLEEPS = ("time.sleep", "asyncio.sleep", "anyio.sleep", "gevent.sleep")


class NobodyPaysForWaiting(SourceRule):
    """No function waits for time to pass."""

    id = "SRC014"
    title = "no sleeping in a handler"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "paid waiting: use a queue or schedule"
    fix = "send a message with DelaySeconds, or make a schedule"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield sleeps; a sleep of 0 lets other tasks run and costs nothing."""
        for function, call in code.calls:
            called = code.origin(function, call.func)
            if called in _SLEEPS and not _is_zero(call):
                yield self.found(function.spot(call), f"{called}() waits, and waiting is paid for")


def _is_zero(call: ast.Call) -> bool:
    times = [*call.args, *(keyword.value for keyword in call.keywords)]
    return bool(times) and isinstance(times[0], ast.Constant) and times[0].value == 0
