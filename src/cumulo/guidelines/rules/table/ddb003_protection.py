"""DDB003: deletion protection and Retain policies in production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_KEEPING = ("Retain", "RetainExceptOnCreate", "Snapshot")
_FIXES = {
    "deletion protection": "DeletionProtectionEnabled: true",
    "DeletionPolicy: Retain": "DeletionPolicy: Retain",
    "UpdateReplacePolicy: Retain": "UpdateReplacePolicy: Retain",
}

_PUTS: Mapping[str, tuple[tuple[str | int, ...], str | bool]] = {
    "deletion protection": (("Properties", "DeletionProtectionEnabled"), True),
    "DeletionPolicy: Retain": (("DeletionPolicy",), "Retain"),
    "UpdateReplacePolicy: Retain": (("UpdateReplacePolicy",), "Retain"),
}
_SAM_FIX = "AWS::DynamoDB::Table instead of a SimpleTable, with "


class TablesSurvive(TemplateRule):
    """A table in production is protected from deletion, and outlives its stack."""

    id = "DDB003"
    title = "deletion protection, and Retain policies"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = TABLE
    why = "data outlives a mistake"
    fix = ", ".join(_FIXES.values())
    fix_cdk = "deletion_protection=True, removal_policy=RemovalPolicy.RETAIN"
    documentation = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield tables that a mistake can delete, each once."""
        for table in system.of_type(TABLE):
            missing = dict(_missing(table))
            if missing:
                # A SimpleTable has no property for it.
                other = _SAM_FIX if table.by_sam and "deletion protection" in missing else ""
                yield self.found(
                    table,
                    f"a mistake deletes it, and its data: it has no {_listed(list(missing))}",
                    at=next(iter(missing.values())),
                    fix=None if table.stack.constructs else other + ", ".join(_FIXES[what] for what in missing),
                    put={_PUTS[what][0]: _PUTS[what][1] for what in missing} if not other else None,
                )


def _missing(table: Resource) -> Iterator[tuple[str, Value]]:
    """Find what does not protect a table; one of two branches being right is enough: it may be production's."""
    protected = table.get("DeletionProtectionEnabled")
    if all(value.absent or value.flag is False for value in protected):
        yield "deletion protection", protected[0]
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        values = table.part(policy)
        if all(value.absent or (value.text or "Retain") not in _KEEPING for value in values):
            yield f"{policy}: Retain", values[0]


def _listed(names: list[str]) -> str:
    return " and no ".join(filter(None, (", no ".join(names[:-1]), names[-1])))
