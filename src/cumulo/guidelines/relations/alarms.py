"""What alarms watch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cumulo.guidelines.relations.apis import REST_API, V2_API
from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.relations.custom_resources import custom_resource_functions
from cumulo.guidelines.relations.databases import INSTANCE
from cumulo.guidelines.relations.generated import is_generated
from cumulo.guidelines.relations.naming import may_be_called, possible_name, resources_by_name
from cumulo.guidelines.relations.sharing import shared
from cumulo.guidelines.relations.types import ALARM, FUNCTION, QUEUE
from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Value

DATABASE_CLUSTER = "AWS::RDS::DBCluster"

_NAMESPACES = {
    FUNCTION: "AWS/Lambda",
    QUEUE: "AWS/SQS",
    V2_API: "AWS/ApiGateway",
    REST_API: "AWS/ApiGateway",
    INSTANCE: "AWS/RDS",
    DATABASE_CLUSTER: "AWS/RDS",
}
_DIMENSIONS = {
    FUNCTION: ("FunctionName", "Resource"),
    QUEUE: ("QueueName",),
    V2_API: ("ApiId",),
    REST_API: ("ApiName",),
    INSTANCE: ("DBInstanceIdentifier",),
    DATABASE_CLUSTER: ("DBClusterIdentifier",),
}
# These also measure without a dimension: over all of the account's functions or databases.
_MEASURED_OVER_ALL = (FUNCTION, INSTANCE, DATABASE_CLUSTER)


QUERY = "SELECT"
"""Stands for the dimensions of a Metrics Insights query, which watches whatever it finds."""


@dataclass(frozen=True, eq=False)
class Watch:
    """A metric that an alarm watches, by itself or in an expression.

    Parameters
    ----------
    alarm
        The alarm.
    namespaces, metrics
        The names that the metric may have; ``None`` for one that nobody knows. Those of a query are its text.
    statistics
        The statistics that it may look at: ``"Sum"``, ``"p99"``; ``None`` for one that nobody knows.
    dimensions
        The values of the metric's dimensions, by their names.
    """

    alarm: Resource
    namespaces: tuple[str | None, ...]
    metrics: tuple[str | None, ...]
    statistics: tuple[str | None, ...]
    dimensions: Mapping[str, tuple[Value, ...]]

    def is_of(self, namespace: str, metrics: Collection[str]) -> bool:
        """Tell whether it may be one of some metrics of a service."""
        if QUERY in self.dimensions:
            text = (self.metrics[0] or "").replace('"', "")
            return namespace in text and any(f"({metric})" in text for metric in metrics)
        return any(name in (namespace, None) for name in self.namespaces) and any(
            name is None or name in metrics for name in self.metrics
        )


@dataclass(frozen=True)
class Watched:
    """Which resources of a type are watched.

    Parameters
    ----------
    over_all
        Watches of every resource there is.
    certain
        Watches of a resource of the system.
    possible
        Watches of a name that is not wholly known, or that no resource certainly has; with that name.
    """

    over_all: tuple[Watch, ...]
    certain: Mapping[Resource, Sequence[Watch]]
    possible: tuple[tuple[str, Watch], ...]

    def of(self, resource: Resource) -> tuple[Watch, ...]:
        """Return the watches of a resource: also those that only may be."""
        is_called = may_be_called(resource)
        possible = (watch for name, watch in self.possible if is_called(name))
        return (*self.over_all, *self.certain.get(resource, ()), *possible)


def watchable(system: System, *kinds: str) -> Iterator[Resource]:
    """Return the resources of some types that an alarm of the system should watch.

    Left out are functions that a tool added or that only CloudFormation calls (their errors fail the deploy), and what
    a template that was given alone exports: one that is not at hand may watch it.
    """
    exported = shared(system) if system.app is None and len(system.stacks) == 1 else frozenset()
    of_deploys = custom_resource_functions(system)
    for resource in system.of_type(*kinds):
        if resource not in exported and resource not in of_deploys and not is_generated(resource):
            yield resource


def watched(system: System, kind: str, metrics: Collection[str]) -> Watched:
    """Find the resources of a type of which some alarm watches one of the metrics.

    Parameters
    ----------
    system
        The system.
    kind
        Type of the resources.
    metrics
        Names of the metrics, as CloudWatch knows them.

    Examples
    --------
    >>> watched(system, FUNCTION, ("Errors",)).of(function)  # doctest: +SKIP
    (Watch(…),)
    """
    over_all: list[Watch] = []
    certain: dict[Resource, list[Watch]] = {}
    possible: list[tuple[str, Watch]] = []
    names = resources_by_name(system, kind)
    for watch in watches(system):
        if not watch.is_of(_NAMESPACES[kind], metrics):
            continue
        if QUERY in watch.dimensions or (not watch.dimensions and kind in _MEASURED_OVER_ALL):
            over_all.append(watch)
        for value in (value for key in _DIMENSIONS[kind] for value in watch.dimensions.get(key, ())):
            resource = _measured(system, kind, value, names)
            if resource is not None:
                certain.setdefault(resource, []).append(watch)
            elif name := possible_name(value):
                possible.append((name, watch))
    return Watched(tuple(over_all), certain, tuple(possible))


def _measured(system: System, kind: str, value: Value, names: Mapping[str, Resource]) -> Resource | None:
    if kind == FUNCTION and (function := function_named(system, value)) is not None:
        return function
    for reference in value.references:
        found = system.resource(reference)
        if found is not None and found.type == kind:
            return found
    # The dimension Resource of functions says which alias or version: name:alias.
    return names.get(value.text.partition(":")[0]) if value.text else None


@once
def watches(system: System) -> tuple[Watch, ...]:
    """Return every metric that an alarm watches."""
    return tuple(watch for alarm in system.of_type(ALARM) for watch in _of_alarm(alarm))


def _of_alarm(alarm: Resource) -> Iterator[Watch]:
    names = _texts(alarm.get("MetricName"))
    if names:
        statistics = (*alarm.get("Statistic"), *alarm.get("ExtendedStatistic"))
        dimensions = _dimensions(alarm.listed("Dimensions"))
        yield Watch(alarm, _texts(alarm.get("Namespace")), names, _texts(statistics), dimensions)
    for query in alarm.listed("Metrics"):
        yield from _queried(alarm, query)


def _queried(alarm: Resource, query: Value) -> Iterator[Watch]:
    """Yield what one of an alarm's ``Metrics`` watches: a metric for an expression, or a Metrics Insights query.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html
    """
    for metric in query.get("MetricStat", "Metric"):
        if not metric.absent:
            dimensions = metric.listed("Dimensions")
            yield Watch(
                alarm,
                _texts(metric.get("Namespace")),
                _texts(metric.get("MetricName")),
                _texts(query.get("MetricStat", "Stat")),
                _dimensions(dimensions),
            )
    for expression in query.get("Expression"):
        if QUERY in (expression.pattern or ""):
            yield Watch(alarm, (), (expression.pattern,), (None,), {QUERY: ()})


def _texts(values: Iterable[Value]) -> tuple[str | None, ...]:
    return tuple(value.text for value in values if not value.absent)


def _dimensions(listed: Iterable[Value]) -> Mapping[str, tuple[Value, ...]]:
    found: dict[str, tuple[Value, ...]] = {}
    for dimension in listed:
        for name in dimension.get("Name"):
            # A dimension that nobody knows may be any of them.
            for key in (name.text,) if name.text else {key for keys in _DIMENSIONS.values() for key in keys}:
                found[key] = (*found.get(key, ()), *dimension.get("Value"))
    return found
