"""Alarm: tells someone when a metric goes above its threshold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import cloudwatch

from cumulo.constructs.metric import Metric
from cumulo.constructs.topic import Topic
from cumulo.model.checks import check_duration, check_type
from cumulo.model.construct import Construct
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import minutes

MISSING = ("notBreaching", "breaching", "ignore", "missing")
PLAIN_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


class Alarm(Construct):
    """A CloudWatch alarm on one metric.

    Parameters
    ----------
    scope, id
        The stack and the alarm's name in it.
    metric
        What it watches: ``function.errors()``.
    above
        The threshold, in the metric's unit.
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
        metric: Metric,
        above: float,
        per: timedelta = minutes(5),  # noqa: B008
        datapoints: tuple[int, int] = (1, 1),
        missing: str = "notBreaching",
        notify: Topic | None = None,
        description: str | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_type(self.where, "metric", metric, Metric, "a Metric", "write metric=function.errors()")
        check_duration(self.where, "per", per)
        if notify is not None:
            check_type(self.where, "notify", notify, Topic, "a Topic", "pass the Topic that hears of it")
        period = round(per.total_seconds())
        breaching, evaluated = datapoints
        self._check(period, breaching, evaluated, missing)
        plain = metric.statistic in PLAIN_STATISTICS
        actions = [self.value(notify.arn)] if notify else []
        optional: dict[str, Any] = {"Statistic" if plain else "ExtendedStatistic": metric.statistic}
        if actions:
            optional |= {"AlarmActions": actions, "OKActions": actions}
        if description:
            optional["AlarmDescription"] = description
        self.alarm = self.add(
            cloudwatch.Alarm(
                self.logical_id(),
                AlarmName=self.name,
                Namespace=metric.namespace,
                MetricName=metric.name,
                Dimensions=[
                    cloudwatch.MetricDimension(Name=name, Value=self.value(value))
                    for name, value in metric.dimensions.items()
                ],
                Period=period,
                EvaluationPeriods=evaluated,
                DatapointsToAlarm=breaching,
                Threshold=above,
                ComparisonOperator="GreaterThanThreshold",
                TreatMissingData=missing,
                **optional,
            )
        )

    @property
    def arn(self) -> Reference:
        """The alarm's ARN."""
        return self.reference("Arn")

    def _check(self, period: int, breaching: int, evaluated: int, missing: str) -> None:
        if period not in (10, 30) and (period < 60 or period % 60):
            raise self.error(f"a period of {period} s is not possible", hint="use 10, 30 or whole minutes")
        if not 1 <= breaching <= evaluated:
            raise self.error(f"{breaching} of {evaluated} datapoints are not possible", hint="use (2, 3) for 2 of 3")
        if missing not in MISSING:
            raise self.error(f"missing={missing!r} is not known", hint=f"use one of: {', '.join(MISSING)}")
