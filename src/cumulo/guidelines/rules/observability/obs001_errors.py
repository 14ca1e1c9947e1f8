"""OBS001: somebody hears when a function fails."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.alarms import watchable, watched
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System


class ErrorsAreHeard(TemplateRule):
    """An alarm watches the errors of each function, or of all."""

    id = "OBS001"
    title = "an alarm on errors for every function, or one over all"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = FUNCTION
    why = "functions fail without anybody's noticing"
    fix = (
        "Type: AWS::CloudWatch::Alarm, Properties: {Namespace: AWS/Lambda, MetricName: Errors, "
        "Dimensions: [{Name: FunctionName, Value: !Ref Function}], Statistic: Sum, Period: 300, EvaluationPeriods: 1, "
        "Threshold: 0, ComparisonOperator: GreaterThanThreshold, AlarmActions: [!Ref Alerts]}"
    )
    fix_python = 'function.errors().alarm(self, "function-errors", above=0, notify=alerts)'
    fix_cdk = 'function.metric_errors().create_alarm(self, "Errors", threshold=1, evaluation_periods=1)'
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions whose errors no alarm watches."""
        errors = watched(system, FUNCTION, ("Errors",))
        for function in watchable(system, FUNCTION):
            if not errors.of(function):
                yield self.found(function, f"no alarm watches the errors of {function.name}")
