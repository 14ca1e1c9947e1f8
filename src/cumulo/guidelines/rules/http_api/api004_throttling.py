"""API004: stage throttling is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


class StageIsThrottled(TemplateRule):
    """A stage limits burst and rate."""

    id = "API004"
    title = "stage throttling (burst and rate) is set"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Stage, AWS::ApiGateway::Stage"
    why = "one caller can exhaust the account"
    fix = "DefaultRouteSettings: {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50}"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield stages that take whatever comes."""
        for stage in system.of_type("AWS::ApiGatewayV2::Stage"):
            limits = stage.get("DefaultRouteSettings")
            yield from self._missing(stage, [limit for value in limits for limit in _limits(value)])
        for stage in system.of_type("AWS::ApiGateway::Stage"):
            for settings in stage.get("MethodSettings"):
                everything = [setting for setting in settings.elements() if _is_for_all(setting)]
                yield from self._missing(stage, [limit for setting in everything for limit in _limits(setting)])
                if settings.known and not everything:
                    yield self.found(stage, "no method setting throttles all of its methods", at=settings)

    def _missing(self, stage: Resource, limits: Sequence[Value]) -> Iterator[Finding]:
        for limit in limits:
            if limit.absent:
                name = limit.path[-1] if str(limit.path[-1]).startswith("Throttling") else "throttling"
                yield self.found(stage, f"{name} is not set", at=limit)
                return


def _limits(settings: Value) -> tuple[Value, ...]:
    return (*settings.get("ThrottlingBurstLimit"), *settings.get("ThrottlingRateLimit"))


def _is_for_all(setting: Value) -> bool:
    paths = {value.text for value in setting.get("ResourcePath")}
    return paths <= {"/*", "*", None} and {value.text for value in setting.get("HttpMethod")} <= {"*", None}
