"""DDB001: on-demand, or provisioned with scaling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    fix_sam = "no ProvisionedThroughput: a SimpleTable is paid per request then"
    fix_cdk = "billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST"
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield tables of a fixed capacity, or of which only the reads or the writes scale."""
        scaled = _scaled(system)
        for table in system.of_type(TABLE):
            for mode in table.get("BillingMode"):
                if mode.absent or mode.text == "PROVISIONED":
                    dimensions = [*scaled.get(table, ()), *scaled.get(None, ())]
                    fixed = [what for what in ("Read", "Write") if not any(what in each for each in dimensions)]
                    if fixed:
                        what = f"{fixed[0].lower()} capacity" if len(fixed) == 1 else "capacity"
                        yield self.found(table, f"its {what} is fixed: nothing scales it", at=mode)


def _scaled(system: System) -> Mapping[Resource | None, list[str]]:
    """Return what scales of each table; by ``None`` what scales of a table that nobody can know."""
    found: dict[Resource | None, list[str]] = {}
    for target in system.of_type(_SCALABLE):
        if not any(space.text in ("dynamodb", None) for space in target.get("ServiceNamespace")):
            continue
        dimensions = [each.text or "ReadWrite" for each in target.get("ScalableDimension")]
        of_table = [each for each in dimensions if not each.startswith("dynamodb:index:")]
        for named in target.get("ResourceId"):
            table = system.target(named, TABLE)
            unknown = not named.known or ("table/\0" in (named.pattern or "") and not named.references)
            if table is not None or unknown:
                found.setdefault(table, []).extend(of_table)
    return found
