"""DDB003: deletion protection and Retain policies in production."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System

_KEEPING = ("Retain", "RetainExceptOnCreate", "Snapshot")


class TablesSurvive(TemplateRule):
    """A table in production is protected from deletion, and outlives its stack."""

    id = "DDB003"
    title = "deletion protection, and Retain policies"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = TABLE
    why = "data outlives a mistake"
    fix = "DeletionProtectionEnabled: true, DeletionPolicy: Retain, UpdateReplacePolicy: Retain"
    documentation = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield tables that a mistake can delete."""
        for table in system.of_type(TABLE):
            protected = table.get("DeletionProtectionEnabled")
            if all(value.absent or value.flag is False for value in protected):
                yield self.found(table, "it has no deletion protection", at=protected[0])
            for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                values = table.part(policy)
                if all(value.absent or (value.text or "Retain") not in _KEEPING for value in values):
                    yield self.found(table, f"its {policy} is not Retain", at=values[0])
