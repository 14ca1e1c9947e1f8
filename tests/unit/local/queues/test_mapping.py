"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html"""

from __future__ import annotations

from typing import Any

import pytest

from cumulo.errors import CumuloError
from cumulo.local.queues.mapping import QueueMapping, queue_mappings
from cumulo.local.world import Resource, World

ARN = "arn:aws:sqs:eu-central-1:000000000000:orders"


def mappings(queue: dict[str, Any] | None = None, **properties: Any) -> tuple[QueueMapping, ...]:
    resources = (
        Resource("data", "Orders", "AWS::SQS::Queue", "http://h:1/000000000000/orders", queue or {}),
        Resource(
            "api", "Consume", "AWS::Lambda::EventSourceMapping", "m",
            {"EventSourceArn": ARN, "FunctionName": "arn:aws:lambda:eu-central-1:0:function:consume", **properties},
        ),
    )  # fmt: skip
    return queue_mappings(World("000000000000", "eu-central-1", resources))


def test_defaults() -> None:
    (mapping,) = mappings()
    assert (mapping.batch_size, mapping.window, mapping.visibility_timeout, mapping.reports_failures) == (
        10, 0, 30, False,
    )  # fmt: skip
    assert (mapping.queue, mapping.region, mapping.function_name) == ("orders", "eu-central-1", "consume")
    assert mapping.queue_url == "http://h:1/000000000000/orders"


def test_what_is_declared() -> None:
    (mapping,) = mappings(
        {"VisibilityTimeout": "180"},
        BatchSize="100",
        MaximumBatchingWindowInSeconds=5,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 7},
        FilterCriteria={"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]},
    )
    assert (mapping.batch_size, mapping.window, mapping.visibility_timeout, mapping.concurrency) == (100, 5, 180, 7)
    assert mapping.reports_failures
    assert mapping.filters == ('{"body": {"a": [1]}}',)


@pytest.mark.parametrize("enabled", [False, "false"])
def test_disabled_ones_and_those_of_streams_are_left_out(enabled: Any) -> None:
    assert mappings(Enabled=enabled) == ()
    assert mappings(EventSourceArn="arn:aws:dynamodb:eu-central-1:0:table/t/stream/s") == ()


@pytest.mark.parametrize(
    ("properties", "what"),
    [
        ({"BatchSize": 0}, "BatchSize is 0"),
        ({"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1}, "BatchSize is 10001"),
        ({"BatchSize": 11}, "without a batching window"),
        ({"MaximumBatchingWindowInSeconds": 301}, "301 s"),
        ({"ScalingConfig": {"MaximumConcurrency": 1}}, "MaximumConcurrency is 1"),
        ({"EventSourceArn": f"{ARN}.fifo", "BatchSize": 11}, "BatchSize is 11"),
        ({"EventSourceArn": f"{ARN}.fifo", "MaximumBatchingWindowInSeconds": 1}, "FIFO"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "not JSON"),
    ],
)
def test_what_lambda_refuses_is_refused(properties: dict[str, Any], what: str) -> None:
    with pytest.raises(CumuloError, match=what) as caught:
        mappings(**properties)
    assert caught.value.where == "api/Consume"
