"""FN010: in production, callers go through a version and an alias."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.invoking import invocations, latest_of
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System

_SHOWN = 3


class CallersUseAnAlias(TemplateRule):
    """What invokes a function in production names an alias or a version of it, not its ``$LATEST``.

    Judged are the integrations of APIs, event source mappings, and the targets of events, notifications, topics and
    schedules. A function that nothing in the templates invokes is left alone.
    """

    id = "FN010"
    title = "callers go through a version and an alias in production"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = FUNCTION
    why = "nothing to shift or roll back to otherwise"
    fix = "an AWS::Lambda::Version and an AWS::Lambda::Alias that the callers name; with SAM AutoPublishAlias: live"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions whose ``$LATEST`` is invoked, each once."""
        callers: dict[Resource, list[str]] = {}
        for invocation in invocations(system):
            functions = {latest_of(system, value) for value in invocation.target}
            if len(functions) == 1 and (function := functions.pop()) is not None:
                callers.setdefault(function, []).append(invocation.caller.id)
        for function, names in callers.items():
            yield self.found(function, f"{_several(list(dict.fromkeys(names)))} its $LATEST")


def _several(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} invokes"
    if len(names) > _SHOWN:
        return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more invoke"
    return f"{', '.join(names[:-1])} and {names[-1]} invoke"
