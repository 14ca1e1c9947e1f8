"""FN008: a function's log group is declared, with a retention."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.logs import log_groups
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System


class LogGroupIsDeclared(TemplateRule):
    """A function writes to a log group that the template declares and that forgets."""

    id = "FN008"
    title = "its log group is declared, with a retention"
    severity = everywhere(Severity.WARNING)
    subject = FUNCTION
    why = "the implicit one keeps logs for ever"
    fix = "declare an AWS::Logs::LogGroup with RetentionInDays and name it in LoggingConfig.LogGroup"
    fix_cdk = 'log_group=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.TWO_WEEKS)'
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions that log for ever."""
        groups = log_groups(system)
        told: set[Resource] = set()
        for function in written_functions(system):
            group = groups.get(function)
            if group is None:
                named_elsewhere = all(
                    not value.absent and not value.references for value in function.get("LoggingConfig", "LogGroup")
                )
                if not named_elsewhere:
                    yield self.found(
                        function, "its log group is not declared: Lambda makes one that keeps logs for ever"
                    )
            elif group not in told:
                told.add(group)
                yield from self._kept(function, group)

    def _kept(self, function: Resource, group: Resource) -> Iterator[Finding]:
        for retention in group.get("RetentionInDays"):
            if retention.absent:
                message = f"{function.name} logs into it, and nothing there ever expires"
                days = 30 if self.production else 14
                yield self.found(
                    group,
                    message,
                    at=retention,
                    fix=f"RetentionInDays: {days}",
                    put={("Properties", "RetentionInDays"): days},
                )
