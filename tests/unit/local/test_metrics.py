"""Metrics derived from the journal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from cumulo.local.journal import Entry, Journal
from cumulo.local.metrics import detailed_stages, lambda_samples, statistics
from cumulo.local.world import Resource, World

START = int(time.time() // 60) * 60.0
FUNCTION = {"FunctionName": "create"}


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal(None)
    yield journal
    journal.close()


def invocation(at: float, status: str = "ok", duration: float = 100.0, function: str = "create") -> Entry:
    data = {"status": status, "duration_ms": duration, "memory_mb": 128, "error": None}
    return Entry(START + at, "invocation", function, status, "r", data=data)


def request(at: float, status: int, **more: Any) -> Entry:
    data = {
        "status": status, "latency_ms": 10.0, "integration_latency_ms": 8.0, "bytes": 100, "api": "a1",
        "stage": "$default", "route": "GET /items/{id}", **more,
    }  # fmt: skip
    return Entry(START + at, "request", "items-api", "GET /", data=data)


def one(journal: Journal, namespace: str, name: str, dimensions: dict[str, str], statistic: str, **more: Any) -> Any:
    points = statistics(
        journal, namespace=namespace, name=name, dimensions=dimensions, start=START, end=START + 60, period=60,
        statistics=[statistic], **more,
    )  # fmt: skip
    return points[0].values[statistic] if points else None


@pytest.mark.parametrize(
    ("name", "statistic", "value"),
    [
        ("Invocations", "Sum", 3),
        ("Errors", "Sum", 2),
        ("Errors", "SampleCount", 3),
        ("Throttles", "Sum", 1),
        ("Duration", "Average", 100),
        ("Duration", "SampleCount", 3),
    ],
)
def test_lambda(journal: Journal, name: str, statistic: str, value: float) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    for at, status in ((1, "ok"), (2, "error"), (3, "timeout"), (4, "throttled")):
        journal.append(invocation(at, status, 0.0 if status == "throttled" else 100.0))
    journal.append(invocation(5, function="other"))
    assert one(journal, "AWS/Lambda", name, FUNCTION, statistic) == value


def test_lambda_across_all_functions(journal: Journal) -> None:
    journal.append(invocation(1))
    journal.append(invocation(2, function="other"))
    assert one(journal, "AWS/Lambda", "Invocations", {}, "Sum") == 2


def test_an_invocation_counts_when_it_began(journal: Journal) -> None:
    journal.append(invocation(90, duration=40_000))
    assert one(journal, "AWS/Lambda", "Invocations", FUNCTION, "Sum") == 1


def test_concurrent_executions() -> None:
    entries = [invocation(3, duration=3_000), invocation(4, duration=3_000), invocation(9, duration=1_000)]
    values = [
        sample.value
        for sample in lambda_samples(entries)
        if sample.name == "ConcurrentExecutions" and sample.dimensions == FUNCTION
    ]
    assert values == [1, 2, 1]


@pytest.mark.parametrize(
    ("name", "statistic", "value"),
    [
        ("Count", "Sum", 4),
        ("4xx", "Sum", 1),
        ("4xx", "Average", 0.25),
        ("5xx", "Sum", 1),
        ("Latency", "Maximum", 30),
        ("IntegrationLatency", "SampleCount", 3),
        ("DataProcessed", "Sum", 400),
    ],
)
def test_api_gateway(journal: Journal, name: str, statistic: str, value: float) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""
    journal.append(request(1, 200))
    journal.append(request(2, 404, integration_latency_ms=None))
    journal.append(request(3, 503, latency_ms=30.0))
    journal.append(request(4, 201))
    for dimensions in ({"ApiId": "a1"}, {"ApiId": "a1", "Stage": "$default"}):
        assert one(journal, "AWS/ApiGateway", name, dimensions, statistic) == pytest.approx(value)


def test_api_gateway_by_route_only_with_detailed_metrics(journal: Journal) -> None:
    journal.append(request(1, 200))
    route = {"ApiId": "a1", "Stage": "$default", "Method": "GET", "Resource": "/items/{id}"}
    assert one(journal, "AWS/ApiGateway", "Count", route, "Sum") is None
    stage = Resource(
        "api", "Stage", "AWS::ApiGatewayV2::Stage", "$default",
        {"ApiId": "a1", "StageName": "$default", "DefaultRouteSettings": {"DetailedMetricsEnabled": True}},
    )  # fmt: skip
    detailed = detailed_stages(World("0" * 12, "eu-central-1", (stage,)))
    assert one(journal, "AWS/ApiGateway", "Count", route, "Sum", detailed=detailed) == 1


def test_published_metrics_with_lists_of_values(journal: Journal) -> None:
    for content in ({"value": 5}, {"values": [1, 3]}):
        data = {"namespace": "shop", "name": "orders", "dimensions": {"service": "cart"}, "unit": "Count", **content}
        journal.append(Entry(START + 1, "metric", "create", "", data=data))
    assert one(journal, "shop", "orders", {"service": "cart"}, "Sum") == 9
    assert one(journal, "shop", "orders", {"service": "cart"}, "SampleCount") == 3
    assert one(journal, "shop", "orders", {}, "Sum") is None
    assert one(journal, "other", "orders", {"service": "cart"}, "Sum") is None
