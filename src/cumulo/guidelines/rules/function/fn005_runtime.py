"""FN005: the runtime is supported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from cumulo.errors import UsageError
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.runtimes import END_OF_SUPPORT, newest
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value


class RuntimeIsSupported(TemplateRule):
    """A function's runtime is supported, and will be for a while.

    An error once AWS has ended the support, a warning when the end is fewer than `days` days away. Container images
    bring their own runtime, and a runtime that is not in the table may be newer than it: both are left alone.
    """

    id = "FN005"
    title = "the runtime is supported, and its end is not near"
    severity = everywhere(Severity.ERROR)
    subject = FUNCTION
    why = "no security fixes after the end, and later no deploys"
    fix = "Runtime: python3.14"
    fix_python = 'python="3.14"'
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
    settings = {"days": 180, "on": ""}
    """``on`` is the day to judge for, as ``"2027-01-31"``; today when it is empty."""

    def __init__(self, settings: Mapping[str, Any], production: bool) -> None:
        super().__init__(settings, production)
        self.today = _day(self.set["on"])

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions whose runtime gets no fixes, or soon none."""
        soon = self.today + timedelta(days=self.set["days"])
        for function in system.of_type(FUNCTION):
            for runtime in function.get("Runtime"):
                end = END_OF_SUPPORT.get(runtime.text or "")
                if end is None or end > soon:
                    continue
                ended = end <= self.today
                yield self.found(
                    function,
                    f"{runtime.text} has had no security fixes since {end}"
                    if ended
                    else f"support for {runtime.text} ends on {end}",
                    at=runtime,
                    fix=None if function.id in function.stack.sources else _fix(runtime),
                    severity=Severity.ERROR if ended else Severity.WARNING,
                )


def _fix(runtime: Value) -> str | None:
    successor = newest(runtime.text or "")
    return f"Runtime: {successor}" if successor else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        where = "tool.cumulo.check.rules.FN005.on"
        raise UsageError(f"{text!r} is no day", where=where, hint='write on = "2027-01-31"') from None
