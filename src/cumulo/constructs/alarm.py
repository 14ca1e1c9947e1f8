"""Alarm: tells someone when a metric leaves its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import cloudwatch

from cumulo.constructs.metric import Expression, Metric
from cumulo.constructs.topic import Topic
from cumulo.model.checks import check_duration, check_type
from cumulo.model.construct import Construct
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import minutes

MISSING = ("notBreaching", "breaching", "ignore", "missing")
PLAIN_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
OPERATORS = {
    "above": "GreaterThanThreshold",
    "at_least": "GreaterThanOrEqualToThreshold",
    "below": "LessThanThreshold",
    "at_most": "LessThanOrEqualToThreshold",
}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
MOST_METRICS = 10


class Alarm(Construct):
    """A CloudWatch alarm on a metric, or on arithmetic with metrics.

    Parameters
    ----------
    scope, id
        The stack and the alarm's name in it.
    metric
        What it watches: ``function.errors()``, ``100 * function.errors() / function.invocations()``.
    above, at_least, below, at_most
        The threshold, in the metric's unit; one of them.
    per
        The period that a datapoint covers: 10 or 30 seconds, or whole minutes.
    datapoints
        ``(2, 3)`` for "2 of 3 datapoints"; 1 of 1 by default.
    missing
        What a period without data counts as: ``"notBreaching"``, ``"breaching"``, ``"ignore"`` or ``"missing"``.
    notify
        The topic that hears of it, and of its end.
    description
        What the one who is woken up should know.

    Notes
    -----
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html

    Examples
    --------
    >>> from cumulo import App, Stage, Function
    >>> stack = Stack(App("items", Stage("prod")), "watch")
    >>> function = Function(stack, "health", handler="functions.health.handler")
    >>> Alarm(stack, "errors", metric=function.errors(), above=0).name
    'items-prod-errors'
    """

    kind: ClassVar[str] = "alarm"
    name_limit: ClassVar[int] = 255

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        metric: Metric | Expression,
        above: float | None = None,
        at_least: float | None = None,
        below: float | None = None,
        at_most: float | None = None,
        per: timedelta = minutes(5),  # noqa: B008
        datapoints: tuple[int, int] = (1, 1),
        missing: str = "notBreaching",
        notify: Topic | None = None,
        description: str | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_type(self.where, "metric", metric, (Metric, Expression), "a Metric", "write metric=function.errors()")
        check_duration(self.where, "per", per)
        if notify is not None:
            check_type(self.where, "notify", notify, Topic, "a Topic", "pass the Topic that hears of it")
        operator, threshold = self._threshold(
            {"above": above, "at_least": at_least, "below": below, "at_most": at_most}
        )
        period = round(per.total_seconds())
        breaching, evaluated = datapoints
        self._check(period, breaching, evaluated, missing)
        self.metric = metric
        optional: dict[str, Any] = {}
        if notify:
            actions = [self.value(notify.arn)]
            optional |= {"AlarmActions": actions, "OKActions": actions}
        if description:
            optional["AlarmDescription"] = description
        self.alarm = self.add(
            cloudwatch.Alarm(
                self.logical_id(),
                AlarmName=self.name,
                EvaluationPeriods=evaluated,
                DatapointsToAlarm=breaching,
                Threshold=threshold,
                ComparisonOperator=operator,
                TreatMissingData=missing,
                **(self._single(metric, period) if isinstance(metric, Metric) else self._math(metric, period)),
                **optional,
            )
        )

    @property
    def arn(self) -> Reference:
        """The alarm's ARN."""
        return self.reference("Arn")

    def _single(self, metric: Metric, period: int) -> dict[str, Any]:
        statistic = "Statistic" if metric.statistic in PLAIN_STATISTICS else "ExtendedStatistic"
        return {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": self._dimensions(metric),
            "Period": period,
            statistic: metric.statistic,
        }

    def _math(self, expression: Expression, period: int) -> dict[str, Any]:
        metrics = expression.metrics()
        if not 1 <= len(metrics) <= MOST_METRICS:
            raise self.error(f"the expression has {len(metrics)} metrics", hint=f"use 1 to {MOST_METRICS}")
        text = expression.text()
        queries = [
            cloudwatch.MetricDataQuery(Id="e1", Expression=text, Label=expression.label or text, ReturnData=True)
        ]
        for number, metric in enumerate(metrics, start=1):
            stat = cloudwatch.MetricStat(
                Metric=cloudwatch.Metric(
                    Namespace=metric.namespace, MetricName=metric.name, Dimensions=self._dimensions(metric)
                ),
                Period=period,
                Stat=metric.statistic,
            )
            queries.append(cloudwatch.MetricDataQuery(Id=f"m{number}", MetricStat=stat, ReturnData=False))
        return {"Metrics": queries}

    def _dimensions(self, metric: Metric) -> list[cloudwatch.MetricDimension]:
        return [
            cloudwatch.MetricDimension(Name=name, Value=self.value(value)) for name, value in metric.dimensions.items()
        ]

    def _threshold(self, given: Mapping[str, float | None]) -> tuple[str, float]:
        chosen = {name: value for name, value in given.items() if value is not None}
        if len(chosen) != 1:
            raise self.error(
                f"{len(chosen)} thresholds are given, an alarm has one", hint=f"pass one of: {', '.join(OPERATORS)}"
            )
        ((name, value),) = chosen.items()
        return OPERATORS[name], value

    def _check(self, period: int, breaching: int, evaluated: int, missing: str) -> None:
        if period not in (10, 30) and (period < 60 or period % 60):
            raise self.error(f"a period of {period} s is not possible", hint="use 10, 30 or whole minutes")
        if not 1 <= breaching <= evaluated:
            raise self.error(f"{breaching} of {evaluated} datapoints are not possible", hint="use (2, 3) for 2 of 3")
        if missing not in MISSING:
            raise self.error(f"missing={missing!r} is not known", hint=f"use one of: {', '.join(MISSING)}")
