"""FN010: in production, callers go through a version and an alias."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.invoking import invocations, latest_of
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.wording import together

_OWN = "an event of its own"


class CallersUseAnAlias(TemplateRule):
    """What invokes a function in production names an alias or a version of it, not its ``$LATEST``.

    Judged are the integrations of APIs, event source mappings, and the targets of events, notifications, topics,
    schedules and pipes. A function that nothing in the templates invokes is left alone.
    """

    id = "FN010"
    title = "callers go through a version and an alias in production"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = FUNCTION
    why = "nothing to shift or roll back to otherwise"
    fix = "an AWS::Lambda::Version and an AWS::Lambda::Alias that the callers name"
    fix_sam = "AutoPublishAlias: live"
    fix_cdk = 'lambda_.Alias(self, "Live", alias_name="live", version=function.current_version), for the callers'
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions whose ``$LATEST`` is invoked, each once."""
        callers: dict[Resource, list[str]] = {}
        for invocation in invocations(system):
            functions = {latest_of(system, value) for value in invocation.target}
            if len(functions) == 1 and (function := functions.pop()) is not None:
                # SAM's events carry the name of their function.
                name = invocation.caller.name
                callers.setdefault(function, []).append(_OWN if name == function.name else name)
        for function, names in callers.items():
            unique = list(dict.fromkeys(names))
            yield self.found(function, f"{together(unique)} invoke{'s' * (len(unique) == 1)} its $LATEST")
