"""API004: stage throttling is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import in_globals
from cumulo.guidelines.relations.stages import DEPLOYMENT, Stage, stages
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_REST_FIX = (
    'MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50}]'
)
_CDK_REST_FIX = "deploy_options=apigateway.StageOptions(throttling_rate_limit=50, throttling_burst_limit=100)"
_DEPLOYED_FIX = "StageDescription: {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50}"


_HTTP_FIX = "DefaultRouteSettings: {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 50}"


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
    fix = _HTTP_FIX
    fix_python = "throttle=Throttle(burst=100, rate=50)"
    fix_cdk = "throttle=apigatewayv2.ThrottleSettings(rate_limit=50, burst_limit=100)"
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
                message = "no method setting throttles all of its methods"
                yield self.found(stage.holder, message, at=settings, fix=_fix(stage))

    def _missing(self, stage: Stage, limits: Sequence[Value]) -> Iterator[Finding]:
        for limit in limits:
            if limit.absent:
                name = limit.path[-1] if str(limit.path[-1]).startswith("Throttling") else "throttling"
                yield self.found(stage.holder, f"{name} is not set", at=limit, fix=_fix(stage))
                return


def _fix(stage: Stage) -> str | None:
    """Return the fix for a REST API's stage; the rule's own is for those of HTTP and WebSocket APIs."""
    if not stage.rest:
        return in_globals(stage.holder, _HTTP_FIX) if stage.holder.by_sam else None
    if stage.holder.stack.constructs:
        return _CDK_REST_FIX
    return _DEPLOYED_FIX if stage.holder.type == DEPLOYMENT else in_globals(stage.holder, _REST_FIX)


def _limits(settings: Value) -> tuple[Value, ...]:
    return (*settings.get("ThrottlingBurstLimit"), *settings.get("ThrottlingRateLimit"))


def _is_for_all(setting: Value) -> bool:
    paths = {value.text for value in setting.get("ResourcePath")}
    return paths <= {"/*", "*", None} and {value.text for value in setting.get("HttpMethod")} <= {"*", None}
