"""COST002: no provisioned concurrency outside production."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_CONCURRENCY = ("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")


class ConcurrencyIsProvisionedInProductionOnly(TemplateRule):
    """Outside production no environments are kept ready and paid for.

    Silent where a condition decides: that is how production alone gets them.
    """

    id = "COST002"
    title = "no provisioned concurrency outside production"
    severity = OnStage(production=None, elsewhere=Severity.WARNING)
    subject = "AWS::Lambda::Alias"
    why = "it is paid for by the hour, used or not"
    fix = "ProvisionedConcurrencyConfig: !If [IsProduction, {ProvisionedConcurrentExecutions: 5}, !Ref AWS::NoValue]"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield what keeps environments ready."""
        for provisioned in system.of_type("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            yield from self._judge(provisioned, provisioned.get(*_CONCURRENCY))
        for target in system.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
            dimensions = target.get("ScalableDimension")
            if all(each.text == "lambda:function:ProvisionedConcurrency" for each in dimensions):
                yield from self._judge(target, target.get("MinCapacity"))

    def _judge(self, resource: Resource, counts: tuple[Value, ...]) -> Iterator[Finding]:
        numbers = [count.number for count in counts]
        if "Condition" not in resource.body and all(number is not None and number > 0 for number in numbers):
            ready = "1 environment is" if numbers[0] == 1 else f"{numbers[0]:g} environments are"
            message = f"{ready} kept ready all the time"
            yield self.found(resource, message, at=counts[0])
