"""API004: stage throttling is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.stages import Stage, stages
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_REST_FIX = (
    'MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50}]'
)


class StageIsThrottled(TemplateRule):
    """A stage limits burst and rate.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-deployment-stagedescription.html:
    a stage that a deployment makes has the limits for all methods in its description, too.
    """

    id = "API004"
    title = "stage throttling (burst and rate) is set"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Stage, AWS::ApiGateway::Stage, AWS::ApiGateway::Deployment"
    why = "one caller can exhaust the account"
    fix = "DefaultRouteSettings: {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50}"
    fix_python = "throttle=Throttle(burst=100, rate=50)"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield stages that take whatever comes."""
        for stage in stages(system):
            if stage.rest:
                yield from self._of_rest(stage)
            else:
                settings = stage.value.get("DefaultRouteSettings")
                yield from self._missing(stage, [limit for value in settings for limit in _limits(value)])

    def _of_rest(self, stage: Stage) -> Iterator[Finding]:
        if not all(limit.absent for limit in _limits(stage.value)):
            yield from self._missing(stage, _limits(stage.value))
            return
        for settings in stage.value.get("MethodSettings"):
            everything = [setting for setting in settings.elements() if _is_for_all(setting)]
            yield from self._missing(stage, [limit for setting in everything for limit in _limits(setting)])
            if settings.known and not everything:
                yield self.found(
                    stage.holder, "no method setting throttles all of its methods", at=settings, fix=_REST_FIX
                )

    def _missing(self, stage: Stage, limits: Sequence[Value]) -> Iterator[Finding]:
        for limit in limits:
            if limit.absent:
                name = limit.path[-1] if str(limit.path[-1]).startswith("Throttling") else "throttling"
                yield self.found(stage.holder, f"{name} is not set", at=limit)
                return


def _limits(settings: Value) -> tuple[Value, ...]:
    return (*settings.get("ThrottlingBurstLimit"), *settings.get("ThrottlingRateLimit"))


def _is_for_all(setting: Value) -> bool:
    paths = {value.text for value in setting.get("ResourcePath")}
    return paths <= {"/*", "*", None} and {value.text for value in setting.get("HttpMethod")} <= {"*", None}
