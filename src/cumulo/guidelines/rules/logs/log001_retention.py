"""LOG001: logs are kept as long as they are of use."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.logs import log_groups
from cumulo.guidelines.relations.types import LOG_GROUP, LOG_RETENTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value


class RetentionFitsTheStage(TemplateRule):
    """A log group forgets soon outside production, and keeps enough in it."""

    id = "LOG001"
    title = "retention is at most 14 days outside production, and at least 30 in it"
    severity = everywhere(Severity.WARNING)
    subject = LOG_GROUP
    why = "cost, audit"
    fix = "RetentionInDays: 14"
    documentation = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
    settings = {"most_outside_production": 14, "least_in_production": 30}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield groups that keep too much or too little; what a function's own group lacks is FN008's to say."""
        of_functions = set(log_groups(system).values())
        for group in system.of_type(LOG_GROUP, LOG_RETENTION):
            retentions = [value for value in group.get("RetentionInDays") if value.known]
            messages = [self._message(value, judged_elsewhere=group in of_functions) for value in retentions]
            # Of two branches one may be production's: a group is wrong when no branch is right.
            if messages and all(messages):
                days = self.set["least_in_production" if self.production else "most_outside_production"]
                yield self.found(
                    group,
                    messages[0] or "",
                    at=retentions[0],
                    fix=f"RetentionInDays: {days}",
                    put={("Properties", "RetentionInDays"): days} if group.type == LOG_GROUP else None,
                )

    def _message(self, retention: Value, *, judged_elsewhere: bool) -> str | None:
        if retention.absent:
            return None if judged_elsewhere else "it keeps logs for ever"
        days = retention.number
        if days is None:
            return None
        least, most = self.set["least_in_production"], self.set["most_outside_production"]
        if self.production and days < least:
            return f"it keeps logs for {days:g} days: production wants {least} or more"
        if not self.production and days > most:
            return f"it keeps logs for {days:g} days: {most} are enough outside production"
        return None
