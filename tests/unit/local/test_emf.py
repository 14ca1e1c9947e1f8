"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from hypothesis import given
from hypothesis import strategies as st

from cumulo.local import emf

NOW = 1_574_109_732.0

Document = dict[str, Any]


def document(**more: Any) -> Document:
    return {
        "_aws": {
            "Timestamp": 1_574_109_732_004,
            "CloudWatchMetrics": [
                {
                    "Namespace": "shop",
                    "Dimensions": [["functionVersion"]],
                    "Metrics": [{"Name": "time", "Unit": "Milliseconds"}],
                }
            ],
        },
        "functionVersion": "$LATEST",
        "time": 100,
        "requestId": "r-1",
        **more,
    }


def entries(content: Any, prefix: str = "") -> list[Any]:
    line = prefix + (content if isinstance(content, str) else json.dumps(content))
    return emf.entries(line, subject="create", time=NOW, request_id="r-1")


def test_the_specifications_example() -> None:
    (entry,) = entries(document())
    assert (entry.kind, entry.subject, entry.request_id, entry.time) == ("metric", "create", "r-1", 1_574_109_732.004)
    assert entry.data == {
        "namespace": "shop",
        "name": "time",
        "dimensions": {"functionVersion": "$LATEST"},
        "value": 100,
        "unit": "Milliseconds",
        "resolution": 60,
    }


def test_each_dimension_set_is_a_metric_of_its_own_and_may_be_empty() -> None:
    content = document(a="1", b="2")
    content["_aws"]["CloudWatchMetrics"][0]["Dimensions"] = [["a", "b"], ["a"], []]
    assert [entry.data["dimensions"] for entry in entries(content)] == [{"a": "1", "b": "2"}, {"a": "1"}, {}]


def test_arrays_units_and_high_resolution() -> None:
    content = document(time=[1, 2.5])
    content["_aws"]["CloudWatchMetrics"][0]["Metrics"] = [{"Name": "time", "StorageResolution": 1}]
    (entry,) = entries(content)
    assert (entry.data["values"], entry.data["unit"], entry.data["resolution"]) == ([1, 2.5], "None", 1)


def test_lambdas_prefix_is_allowed() -> None:
    assert entries(document(), prefix="2026-11-21T10:00:00.000Z\tr-1\tINFO\t")[0].data["name"] == "time"


@pytest.mark.parametrize("line", ["", "plain", "{}", '{"message": "_aws"}', '"_aws" and "CloudWatchMetrics"'[:6]])
def test_ordinary_lines_give_none(line: str) -> None:
    assert entries(line) == []


def test_what_powertools_writes_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(namespace="shop", service="cart")
    metrics.add_metric(name="orders", unit=MetricUnit.Count, value=2)
    metrics.add_metric(name="orders", unit=MetricUnit.Count, value=3)
    metrics.flush_metrics()
    (entry,) = emf.entries(capsys.readouterr().out.strip(), subject="f", time=time.time())
    assert entry.data["dimensions"] == {"service": "cart"}
    assert entry.data["values"] == [2.0, 3.0]


def change(path: str, value: Any) -> Callable[[Document], None]:
    def apply(content: Document) -> None:
        *parents, last = path.split(".")
        holder: Any = content
        for name in parents:
            holder = holder[int(name) if name.isdigit() else name]
        holder[last] = value

    return apply


DIRECTIVE = "_aws.CloudWatchMetrics.0"


@pytest.mark.parametrize(
    ("apply", "reason"),
    [
        (change("_aws.Timestamp", None), "Timestamp is missing"),
        (change("_aws.Timestamp", True), "Timestamp is missing"),
        (change("_aws.Timestamp", 1), "two weeks ago"),
        (change("_aws.CloudWatchMetrics", {}), "CloudWatchMetrics is missing, or not a list"),
        (change(f"{DIRECTIVE}.Namespace", ""), "Namespace is missing"),
        (change(f"{DIRECTIVE}.Dimensions", []), "no dimension set"),
        (change(f"{DIRECTIVE}.Dimensions", ["functionVersion"]), "a dimension set is a list"),
        (change(f"{DIRECTIVE}.Dimensions", [["nowhere"]]), "'nowhere' has no text value"),
        (change(f"{DIRECTIVE}.Dimensions", [["time"]]), "'time' has no text value"),
        (change(f"{DIRECTIVE}.Dimensions", [["functionVersion"] * 31]), "at most 30"),
        (change(f"{DIRECTIVE}.Metrics", [{"Name": "time"}] * 101), "101 metrics"),
        (change(f"{DIRECTIVE}.Metrics", [{}]), "Name is missing"),
        (change(f"{DIRECTIVE}.Metrics", [{"Name": "time", "StorageResolution": 5}]), "StorageResolution 5"),
        (change("time", "100"), "'time' has no number"),
        (change("time", True), "'time' has no number"),
        (change("time", []), "'time' has no number"),
        (change("time", [1] * 101), "101 values"),
        (change("time", 2**361), "'time' has no number"),
    ],
)
def test_what_breaks_the_specification_is_said_as_a_metric_of_cloudwatch_logs(
    apply: Callable[[Document], None], reason: str
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html"""
    content = document()
    apply(content)
    (entry,) = entries(content)
    assert (entry.data["namespace"], entry.data["name"]) == ("AWS/Logs", "EMFValidationErrors")
    assert entry.data["dimensions"] == {"LogGroupName": "/aws/lambda/create"}
    assert reason in entry.text


def test_a_document_cut_short_is_a_parsing_error() -> None:
    (entry,) = entries(json.dumps(document())[:-5])
    assert entry.data["name"] == "EMFParsingErrors"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["Namespace", "Dimensions", "Metrics", "Name", "Unit"]), inner)
        ),
    )
)
def test_nothing_in_a_document_breaks_it(value: Any) -> None:
    content = document()
    content["_aws"]["CloudWatchMetrics"] = value
    assert all(entry.kind == "metric" for entry in entries(content))
