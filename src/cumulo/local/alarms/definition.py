"""What an alarm watches and what it does, read from its resolved resource.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cumulo.errors import CumuloError
from cumulo.local.alarms.expressions import Node, parse
from cumulo.local.world import Resource

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

COMPARISONS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_ACTIONS: Mapping[State, str] = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Series:
    """One metric: its name, all of its dimensions, and the unit when only values of one unit count."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    unit: str | None = None


@dataclass(frozen=True)
class Query:
    """One line of what an alarm watches: a statistic of a metric, or an expression.

    Parameters
    ----------
    id
        What expressions call it.
    series, statistic
        The metric and ``"Sum"``, ``"p99"``, …; of an expression ``None`` and ``""``.
    expression
        The expression; of a metric ``None``.
    returns
        Whether it is what the threshold is compared with.
    """

    id: str
    series: Series | None
    statistic: str
    expression: Node | None
    returns: bool


@dataclass(frozen=True)
class Definition:
    """One metric alarm.

    Parameters
    ----------
    name, arn
        The alarm.
    properties
        Its resource's properties, for messages.
    queries
        What it watches.
    period
        Seconds that one datapoint covers.
    evaluated, breaching
        How many datapoints are evaluated, and how many of them have to breach the threshold.
    comparison, threshold
        When a datapoint breaches it.
    missing
        How a missing datapoint is treated.
    ignores_few_samples
        Whether the state stays when a percentile has too few samples to mean something.
    """

    name: str
    arn: str
    properties: Mapping[str, Any]
    queries: tuple[Query, ...]
    period: int
    evaluated: int
    breaching: int
    comparison: str
    threshold: float
    missing: str
    ignores_few_samples: bool

    @property
    def series(self) -> list[Series]:
        """The metrics that it needs."""
        return [query.series for query in self.queries if query.series is not None]

    @property
    def step(self) -> int:
        """Seconds between two evaluations: 10 for high resolution, an hour over days, otherwise a minute.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
        """
        if self.period < _MINUTE:
            return 10
        return _HOUR if self.period * self.evaluated > _DAY else _MINUTE

    @property
    def evaluation_range(self) -> int:
        """How many datapoints are looked at: more than are evaluated, in case that some are missing.

        CloudWatch documents that it depends on the period, and 5 for 3 evaluated ones: so two more here.
        """
        return self.evaluated + 2

    @property
    def evaluation_seconds(self) -> int:
        """How long the evaluation range is, in seconds."""
        return self.evaluation_range * self.period

    def actions(self, state: State) -> tuple[str, ...]:
        """Return the ARNs of what is done when it enters a state."""
        return actions(self.properties, state)


def actions(properties: Mapping[str, Any], state: State) -> tuple[str, ...]:
    """Return the ARNs of what an alarm of these properties does when it enters a state."""
    if str(properties.get("ActionsEnabled", True)).lower() != "true":
        return ()
    return tuple(str(arn) for arn in properties.get(_ACTIONS[state]) or ())


def read(resource: Resource, arn: str) -> Definition:
    """Return the alarm that a resource declares.

    Raises
    ------
    CumuloError
        When it uses something that the local cloud does not evaluate, or CloudWatch would refuse it.
    """
    where = f"alarm {resource.physical_id!r}"
    try:
        return _read(resource, arn, where)
    except (KeyError, TypeError, ValueError) as problem:
        raise CumuloError(f"a property is missing or malformed ({problem})", where=where) from None


def _read(resource: Resource, arn: str, where: str) -> Definition:
    properties = resource.properties
    comparison = str(properties.get("ComparisonOperator"))
    if comparison not in COMPARISONS or "Threshold" not in properties:
        raise CumuloError(
            f"the comparison {comparison} is not evaluated here", where=where, hint=f"use {', '.join(COMPARISONS)}"
        )
    queries, period = _queries(properties, where)
    evaluated = int(properties.get("EvaluationPeriods", 1))
    namespaces = {query.series.namespace for query in queries if query.series}
    return Definition(
        name=resource.physical_id,
        arn=arn,
        properties=properties,
        queries=queries,
        period=period,
        evaluated=evaluated,
        breaching=int(properties.get("DatapointsToAlarm") or evaluated),
        comparison=comparison,
        threshold=float(properties["Threshold"]),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        missing=str(properties.get("TreatMissingData") or ("ignore" if "AWS/DynamoDB" in namespaces else "missing")),
        ignores_few_samples=properties.get("EvaluateLowSampleCountPercentile") == "ignore",
    )


def _queries(properties: Mapping[str, Any], where: str) -> tuple[tuple[Query, ...], int]:
    if not properties.get("Metrics"):
        statistic = str(properties.get("Statistic") or properties.get("ExtendedStatistic") or "")
        query = Query("m1", _series(properties, properties.get("Unit")), statistic, None, returns=True)
        return (query,), _period(properties.get("Period"), where)
    queries = tuple(_query(query, where) for query in properties["Metrics"])
    if sum(query.returns for query in queries) != 1:
        raise CumuloError("exactly one of the metrics must have ReturnData", where=where)
    periods = {int(query["MetricStat"]["Period"]) for query in properties["Metrics"] if "MetricStat" in query}
    if len(periods) != 1:
        raise CumuloError("all metrics of an alarm must have the same period", where=where)
    return queries, _period(periods.pop(), where)


def _query(query: Mapping[str, Any], where: str) -> Query:
    returns = str(query.get("ReturnData", True)).lower() == "true"
    if "MetricStat" in query:
        stat = query["MetricStat"]
        return Query(str(query["Id"]), _series(stat["Metric"], stat.get("Unit")), str(stat["Stat"]), None, returns)
    try:
        return Query(str(query["Id"]), None, "", parse(str(query.get("Expression", ""))), returns)
    except CumuloError as error:
        raise CumuloError(error.what, where=where, hint=error.hint) from None


def _series(metric: Mapping[str, Any], unit: Any) -> Series:
    dimensions = frozenset((str(one["Name"]), str(one["Value"])) for one in metric.get("Dimensions") or ())
    return Series(str(metric.get("Namespace")), str(metric.get("MetricName")), dimensions, unit)


def _period(value: Any, where: str) -> int:
    period = int(value or 0)
    if period not in (10, 20, 30) and (period < _MINUTE or period % _MINUTE):
        raise CumuloError(f"a period of {period} s is not possible", where=where, hint="use 10, 30 or whole minutes")
    return period
