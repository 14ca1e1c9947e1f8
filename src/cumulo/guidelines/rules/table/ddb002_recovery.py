"""DDB002: point-in-time recovery in production."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System

_PATH = ("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")


class TablesCanBeRestored(TemplateRule):
    """A table in production has point-in-time recovery."""

    id = "DDB002"
    title = "point-in-time recovery"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = TABLE
    why = "a bad deploy can be undone"
    fix = "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}"
    fix_cdk = (
        "point_in_time_recovery_specification="
        "dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)"
    )
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield tables that cannot be set back; one of two branches being right is enough: it may be production's."""
        for table in system.of_type(TABLE):
            enabled = table.get(*_PATH)
            if all(value.absent or value.flag is False for value in enabled):
                yield self.found(
                    table, "it has no point-in-time recovery", at=enabled[0], put={("Properties", *_PATH): True}
                )
