"""OBS002: somebody hears when the front door is slow or fails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.alarms import Watch, watchable, watched
from cumulo.guidelines.relations.apis import REST_API, V2_API
from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System

_URL = "AWS::Lambda::Url"
_PERCENTILE = re.compile(r"[pP](\d+(?:\.\d+)?)$")
_HIDING = ("Average", "Minimum", "SampleCount", "Sum")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
# https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
_ERRORS = {V2_API: "5xx", REST_API: "5XXError", FUNCTION: "Url5xxCount"}
_LATENCY = {V2_API: "Latency", REST_API: "Latency", FUNCTION: "UrlRequestLatency"}


class FrontDoorIsWatched(TemplateRule):
    """Alarms watch how many requests fail and how long the slowest take, where requests come in."""

    id = "OBS002"
    title = "alarms on the front door's 5xx and on its latency at p99"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = "AWS::ApiGatewayV2::Api, AWS::ApiGateway::RestApi, AWS::Lambda::Url"
    why = "callers notice before you do; the average hides the slow ones"
    fix = (
        "Type: AWS::CloudWatch::Alarm, Properties: {Namespace: AWS/ApiGateway, MetricName: Latency, "
        "Dimensions: [{Name: ApiId, Value: !Ref Api}], ExtendedStatistic: p99, Period: 300, EvaluationPeriods: 3, "
        "Threshold: 3000, ComparisonOperator: GreaterThanThreshold, AlarmActions: [!Ref Alerts]}"
    )
    fix_python = (
        'api.errors_5xx().alarm(self, "api-errors", above=5, notify=alerts) and '
        'api.latency("p99").alarm(self, "api-latency", above=3000, datapoints=(2, 3), notify=alerts)'
    )
    fix_cdk = (
        'api.metric_server_error().create_alarm(self, "Errors", threshold=1, evaluation_periods=1) and '
        'api.metric_latency(statistic="p99").create_alarm(self, "Latency", threshold=3000, evaluation_periods=3)'
    )
    documentation = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"
    settings = {"least_percentile": 95}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield APIs and function URLs of which an alarm is missing."""
        for kind, doors in _doors(system).items():
            errors = watched(system, kind, (_ERRORS[kind],))
            latency = watched(system, kind, (_LATENCY[kind], "IntegrationLatency"))
            for door, measured in doors:
                missing = [] if errors.of(measured) else [_ERRORS[kind]]
                hidden = self._hidden(latency.of(measured))
                missing += [] if hidden is None else [f"{_LATENCY[kind]} at p99"]
                if missing:
                    message = f"no alarm watches the {' or the '.join(missing)} of {door.name}{hidden or ''}"
                    yield self.found(door, message, fix=_fix(kind, measured))

    def _hidden(self, watches: Iterable[Watch]) -> str | None:
        """Return what the alarms look at instead of the slow requests; ``None`` where one shows these."""
        looks = [(watch.alarm.name, statistic) for watch in watches for statistic in watch.statistics]
        if any(self._shows_the_slow(statistic) for _, statistic in looks):
            return None
        return f": {looks[0][0]} looks at its {looks[0][1]}" if looks else ""

    def _shows_the_slow(self, statistic: str | None) -> bool:
        if statistic is None:
            return True
        percentile = _PERCENTILE.match(statistic)
        if percentile:
            return bool(float(percentile[1]) >= self.set["least_percentile"])
        return statistic not in _HIDING


def _fix(kind: str, measured: Resource) -> str | None:
    if kind == V2_API or (kind == REST_API and measured.stack.constructs):
        return None
    namespace, dimension = ("AWS/ApiGateway", "ApiName") if kind == REST_API else ("AWS/Lambda", "FunctionName")
    return (
        f"alarms on {namespace} {_ERRORS[kind]} (Statistic: Sum) and {_LATENCY[kind]} (ExtendedStatistic: p99) "
        f"with the dimension {dimension} of {measured.name}"
    )


def _doors(system: System) -> Mapping[str, list[tuple[Resource, Resource]]]:
    """Return the front doors by what their metrics belong to; each with that resource."""
    # One that is imported from an OpenAPI document says no protocol, and is an HTTP API.
    http = [
        (api, api)
        for api in watchable(system, V2_API)
        if any(protocol.absent or protocol.text == "HTTP" for protocol in api.get("ProtocolType"))
    ]
    functions = set(watchable(system, FUNCTION))
    urls = [
        (url, function)
        for url in system.of_type(_URL)
        for target in url.get("TargetFunctionArn")
        if (function := function_named(system, target)) in functions and function
    ]
    return {V2_API: http, REST_API: [(api, api) for api in watchable(system, REST_API)], FUNCTION: urls}
