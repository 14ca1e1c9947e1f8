"""API008: API keys come with a usage plan with quota and throttle."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.sharing import shared
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_KEY = "AWS::ApiGateway::ApiKey"
_PLAN = "AWS::ApiGateway::UsagePlan"


class KeysAreLimited(TemplateRule):
    """A usage plan limits how much, and how fast, the owner of a key may call.

    A plan that throttles the methods of each of its stages needs no limit of its own.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    """

    id = "API008"
    title = "API keys come with a usage plan with quota and throttle"
    severity = everywhere(Severity.WARNING)
    subject = f"{_KEY}, {_PLAN}"
    why = "keys without limits limit nothing"
    fix = "Quota: {Limit: 10000, Period: DAY}, Throttle: {BurstLimit: 20, RateLimit: 10}"
    fix_sam = f"Auth: {{UsagePlan: {{CreateUsagePlan: PER_API, {fix}}}}}"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield keys without a plan, and plans without limits."""
        yield from self._without_plan(system)
        for plan in system.of_type(_PLAN):
            missing = [name for name, values in _limits(plan).items() if all(value.absent for value in values)]
            if missing:
                yield self.found(plan, f"the usage plan has no {' and no '.join(missing)}")

    def _without_plan(self, system: System) -> Iterator[Finding]:
        named = [value for link in system.of_type("AWS::ApiGateway::UsagePlanKey") for value in link.get("KeyId")]
        planned = {system.target(value, _KEY) for value in named}
        if None in planned:
            # A key by its bare id may be any of them.
            return
        elsewhere = shared(system)
        for key in system.of_type(_KEY):
            if key not in planned and key not in elsewhere:
                fix = "AWS::ApiGateway::UsagePlanKey: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}"
                yield self.found(key, "no usage plan has this API key: nothing limits its owner", fix=fix)


def _limits(plan: Resource) -> dict[str, tuple[Value, ...]]:
    throttle = (*plan.get("Throttle", "RateLimit"), *plan.get("Throttle", "BurstLimit"))
    stages = plan.listed("ApiStages")
    by_method = [any(value.fields() or not value.known for value in stage.get("Throttle")) for stage in stages]
    if by_method and all(by_method):
        return {"quota": plan.get("Quota", "Limit")}
    return {"quota": plan.get("Quota", "Limit"), "throttle": throttle}
