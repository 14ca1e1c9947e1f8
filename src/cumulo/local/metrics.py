"""Metrics of the local cloud: those AWS derives from invocations and requests, and those that code publishes.

Nothing is counted twice: the metrics are computed from the journal's entries when they are asked for.

- AWS/Lambda: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
- AWS/ApiGateway: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
- AWS/SQS, and those that functions publish in the embedded metric format: entries of kind ``"metric"``
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cumulo.local.entries import Entry, Kind
from cumulo.local.statistics import Datapoint, aggregate
from cumulo.local.world import World

KINDS: tuple[Kind, ...] = ("invocation", "request", "metric")
"""The kinds of entries that metrics come from."""

CONCURRENCY = "ConcurrentExecutions"
LONGEST_INVOCATION = 900
"""Lambda's longest timeout, in seconds: how long after an invocation began it may be journaled."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured value of one metric.

    Parameters
    ----------
    time
        When, in seconds since the epoch.
    namespace, name, dimensions
        The metric; metrics with other dimensions are other metrics.
    value
        What was measured.
    unit
        Its unit as CloudWatch names it: ``"Count"``, ``"Milliseconds"``, ``"Bytes"``, ``"None"``.
    """

    time: float
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    value: float
    unit: str


class Source(Protocol):
    """Where the entries come from: the journal."""

    def entries(self, *, kind: Kind, since: float, until: float) -> Sequence[Entry]:
        """Return the entries of one kind in a span of time."""
        ...


def statistics(
    source: Source,
    *,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    start: float,
    end: float,
    period: int,
    statistics: Sequence[str] = ("Average",),
    detailed: Collection[tuple[str, str]] = (),
) -> list[Datapoint]:
    """Return the statistics of one metric over time, as CloudWatch's ``GetMetricStatistics`` does.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html

    Parameters
    ----------
    source
        The journal.
    namespace, name, dimensions
        The metric; the dimensions have to be given exactly.
    start, end
        From ``start`` up to but not including ``end``, in seconds since the epoch.
    period
        Seconds that one data point stands for: 1, 5, 10, 30 or a multiple of 60. Data points lie on multiples of it.
    statistics
        ``Sum``, ``Average``, ``Minimum``, ``Maximum``, ``SampleCount``, and percentiles ``p50``, ``p99.9``.
    detailed
        ``(API id, stage)`` pairs with detailed metrics, see :func:`detailed_stages`.

    Returns
    -------
    list[Datapoint]
        In the order of time; a period in which nothing was measured has no data point.

    Raises
    ------
    CumuloError
        When a period or a statistic is not one of CloudWatch's.
    """
    wanted = {str(key): str(value) for key, value in dimensions.items()}
    # The first period is whole, see aggregate.
    first = start // period * period if period > 0 else start
    found = (
        (sample.time, sample.value, sample.unit)
        for sample in samples(source, namespace=namespace, start=first, end=end, detailed=detailed, only=name)
        if sample.name == name and sample.dimensions == wanted
    )
    return aggregate(found, start=start, end=end, period=period, statistics=statistics)


def samples(
    source: Source,
    *,
    namespace: str,
    start: float,
    end: float,
    detailed: Collection[tuple[str, str]] = (),
    only: str | None = None,
) -> Iterator[Sample]:
    """Yield the samples of a namespace from ``start`` to ``end`` and some later ones; ``only`` those of one metric."""
    if namespace == "AWS/Lambda":
        # An invocation is journaled when it ends, its metrics count when it began.
        yield from lambda_samples(source.entries(kind="invocation", since=start, until=end + LONGEST_INVOCATION), only)
    elif namespace == "AWS/ApiGateway":
        for entry in source.entries(kind="request", since=start, until=end):
            yield from api_samples(entry, detailed, only)
    for entry in source.entries(kind="metric", since=start, until=end):
        if entry.data.get("namespace") == namespace:
            yield from published_samples(entry)


def entry_samples(entries: Sequence[Entry], detailed: Collection[tuple[str, str]] = ()) -> Iterator[Sample]:
    """Yield the samples of entries of the kinds in :data:`KINDS`, whatever their namespace."""
    yield from lambda_samples(entry for entry in entries if entry.kind == "invocation")
    for entry in entries:
        if entry.kind == "request":
            yield from api_samples(entry, detailed)
        elif entry.kind == "metric":
            yield from published_samples(entry)


def lambda_samples(entries: Iterable[Entry], only: str | None = None) -> Iterator[Sample]:
    """Yield the AWS/Lambda samples of invocations, those of concurrency included; or of one metric only.

    A throttled attempt counts in ``Throttles`` only; its ``status`` is ``"throttled"``.
    """
    spans = []
    for entry in entries:
        began, ended = _span(entry)
        for name, value, unit in _lambda_values(entry.data):
            for dimensions in _lambda_dimensions(entry.subject) if only in (None, name) else ():
                yield Sample(began, "AWS/Lambda", name, dimensions, value, unit)
        if entry.data.get("status") != "throttled":
            spans.append((began, ended, entry.subject))
    if only in (None, CONCURRENCY):
        yield from _concurrency(sorted(spans))


def api_samples(entry: Entry, detailed: Collection[tuple[str, str]] = (), only: str | None = None) -> Iterator[Sample]:
    """Yield the AWS/ApiGateway samples of one request to an HTTP API; or of one metric only.

    The dimensions ``Method`` and ``Resource`` appear for stages with detailed metrics only, as on AWS.
    """
    data = entry.data
    status = int(data.get("status") or 0)
    values = [
        ("Count", 1.0, "Count"),
        ("4xx", float(400 <= status < 500), "Count"),
        ("5xx", float(500 <= status < 600), "Count"),
        ("Latency", data.get("latency_ms"), "Milliseconds"),
        ("IntegrationLatency", data.get("integration_latency_ms"), "Milliseconds"),
        ("DataProcessed", data.get("bytes"), "Bytes"),
    ]
    api, stage = str(data.get("api", entry.subject)), str(data.get("stage", "$default"))
    sets: list[dict[str, str]] = [{"ApiId": api}, {"ApiId": api, "Stage": stage}]
    if (api, stage) in detailed and data.get("route"):
        method, _, resource = str(data["route"]).partition(" ")
        sets.append({"ApiId": api, "Stage": stage, "Method": method, "Resource": resource or method})
    for name, value, unit in values:
        if value is not None and only in (None, name):
            for dimensions in sets:
                yield Sample(entry.time, "AWS/ApiGateway", name, dimensions, float(value), unit)


def published_samples(entry: Entry) -> Iterator[Sample]:
    """Yield the samples of an entry of kind ``"metric"``; a list of values gives one each."""
    data = entry.data
    for value in data.get("values") or [data.get("value", 0)]:
        yield Sample(
            entry.time, data["namespace"], data["name"], data["dimensions"], float(value), data.get("unit", "None")
        )


def published_entry(facts: Mapping[str, Any]) -> Entry:
    """Return the journal's entry of what a program has published with ``PutMetricData``."""
    data = {name: facts[name] for name in ("namespace", "name", "dimensions", "values", "unit")}
    text = f"{data['namespace']} {data['name']}={len(data['values'])} values"
    return Entry(float(facts["time"]), "metric", data["namespace"], text, data=data)


def detailed_stages(world: World) -> frozenset[tuple[str, str]]:
    """Return the ``(API id, stage)`` pairs for which detailed metrics are switched on."""
    return frozenset(
        (str(stage.properties.get("ApiId")), str(stage.properties.get("StageName", "$default")))
        for stage in world.of_type("AWS::ApiGatewayV2::Stage")
        if (stage.properties.get("DefaultRouteSettings") or {}).get("DetailedMetricsEnabled")
    )


def _span(entry: Entry) -> tuple[float, float]:
    length = float(entry.data.get("duration_ms") or 0) + float(entry.data.get("init_ms") or 0)
    return entry.time - length / 1000, entry.time


def _lambda_values(data: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    if data.get("status") == "throttled":
        return [("Throttles", 1, "Count")]
    return [
        ("Invocations", 1, "Count"),
        ("Errors", float(data.get("status", "ok") != "ok"), "Count"),
        ("Throttles", 0, "Count"),
        ("Duration", float(data.get("duration_ms") or 0), "Milliseconds"),
    ]


def _lambda_dimensions(function: str) -> list[dict[str, str]]:
    return [{}, {"FunctionName": function}, {"FunctionName": function, "Resource": function}]


def _concurrency(spans: Sequence[tuple[float, float, str]]) -> Iterator[Sample]:
    """Yield, at the start of each invocation, how many were under way: of the function and of all."""
    running: dict[str, list[float]] = {}
    for began, ended, function in spans:
        for key, dimensions in (("", {}), (function, {"FunctionName": function})):
            ends = running.setdefault(key, [])
            while ends and ends[0] <= began:
                heapq.heappop(ends)
            heapq.heappush(ends, ended)
            yield Sample(began, "AWS/Lambda", CONCURRENCY, dimensions, len(ends), "Count")
