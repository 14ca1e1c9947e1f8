"""DDB001: on-demand, or provisioned with scaling."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"


class CapacityFollowsLoad(TemplateRule):
    """A table is billed on demand, or its provisioned capacity scales."""

    id = "DDB001"
    title = "on-demand, or provisioned with scaling"
    severity = everywhere(Severity.WARNING)
    subject = TABLE
    why = "throttling or waste"
    fix = "BillingMode: PAY_PER_REQUEST"
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield tables of a fixed capacity."""
        for table in system.of_type(TABLE):
            for mode in table.get("BillingMode"):
                fixed = mode.absent or mode.text == "PROVISIONED"
                if fixed and not _scales(system, table):
                    yield self.found(table, "its capacity is fixed: nothing scales it", at=mode)


def _scales(system: System, table: Resource) -> bool:
    """Tell whether a scalable target names the table; one whose table nobody can know counts."""
    for target in system.of_type(_SCALABLE):
        if not any(space.text in ("dynamodb", None) for space in target.get("ServiceNamespace")):
            continue
        for named in target.get("ResourceId"):
            if not named.known or system.target(named, TABLE) is table:
                return True
            if "table/\0" in (named.pattern or "") and not named.references:
                return True
    return False
