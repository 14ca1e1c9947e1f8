"""The event source mappings of a world that read from SQS queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cumulo.errors import CumuloError
from cumulo.local.queues import patterns
from cumulo.local.world import Resource, World

_BATCHES_AT_ONCE = 5  # what Lambda begins with, and enough for one machine
_RECEIVE = 10  # messages that one request gives


@dataclass(frozen=True)
class QueueMapping:
    """One event source mapping from a queue to a function.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html

    Parameters
    ----------
    id
        Stack and logical id.
    function
        Name or ARN of the function.
    queue_arn, queue_url, queue
        The queue's ARN, URL and name.
    batch_size
        Messages of one invocation, 1 to 10,000.
    window
        Seconds to gather a batch for.
    concurrency
        Batches at once.
    visibility_timeout
        Seconds until a message that failed comes back: the queue's own.
    reports_failures
        Whether the function's answer says which messages failed.
    filters
        Event patterns as JSON; a message that passes none of them is deleted.
    """

    id: str
    function: str
    queue_arn: str
    queue_url: str
    batch_size: int = 10
    window: int = 0
    concurrency: int = _BATCHES_AT_ONCE
    visibility_timeout: int = 30
    reports_failures: bool = False
    filters: tuple[str, ...] = ()

    @property
    def queue(self) -> str:
        """The queue's name."""
        return self.queue_arn.rpartition(":")[2]

    @property
    def function_name(self) -> str:
        """The function's name, without the rest of its ARN."""
        return self.function.split(":")[6] if self.function.startswith("arn:") else self.function

    @property
    def region(self) -> str:
        """The queue's region."""
        return self.queue_arn.split(":")[3]


def queue_mappings(world: World) -> tuple[QueueMapping, ...]:
    """Return the enabled mappings of queues, with the limits that Lambda sets checked.

    Raises
    ------
    CumuloError
        When Lambda would refuse a mapping.
    """
    timeouts = {
        queue_name(queue): int(queue.properties.get("VisibilityTimeout", 30))
        for queue in world.of_type("AWS::SQS::Queue")
    }
    urls = {queue_name(queue): queue.physical_id for queue in world.of_type("AWS::SQS::Queue")}
    return tuple(
        _mapping(resource, timeouts, urls)
        for resource in world.of_type("AWS::Lambda::EventSourceMapping")
        if ":sqs:" in str(resource.properties.get("EventSourceArn", "")) and _flag(resource.properties.get("Enabled"))
    )


def queue_name(queue: Resource) -> str:
    """Return the name of a queue: the last part of its URL."""
    return queue.physical_id.rpartition("/")[2]


def _mapping(resource: Resource, timeouts: Mapping[str, int], urls: Mapping[str, str]) -> QueueMapping:
    properties = resource.properties
    where = f"{resource.stack}/{resource.logical_id}"
    arn = str(properties["EventSourceArn"])
    name = arn.rpartition(":")[2]
    mapping = QueueMapping(
        id=where,
        function=str(properties["FunctionName"]),
        queue_arn=arn,
        queue_url=urls.get(name, name),
        batch_size=int(properties.get("BatchSize", 10)),
        window=int(properties.get("MaximumBatchingWindowInSeconds", 0)),
        concurrency=_concurrency(properties, where),
        visibility_timeout=timeouts.get(name, 30),
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
        filters=_filters(properties, where),
    )
    _check(mapping)
    return mapping


def _check(mapping: QueueMapping) -> None:
    largest = _RECEIVE if mapping.queue.endswith(".fifo") else 10_000
    if not 1 <= mapping.batch_size <= largest:
        raise CumuloError(f"BatchSize is {mapping.batch_size}", where=mapping.id, hint=f"use 1 to {largest}")
    if not 0 <= mapping.window <= 300:
        raise CumuloError(f"the batching window is {mapping.window} s", where=mapping.id, hint="use 0 to 300 s")
    if mapping.window and mapping.queue.endswith(".fifo"):
        raise CumuloError("a FIFO queue has no batching window", where=mapping.id, hint="leave it out")
    if mapping.batch_size > _RECEIVE and not mapping.window:
        raise CumuloError(
            f"BatchSize is {mapping.batch_size} without a batching window",
            where=mapping.id,
            hint="set MaximumBatchingWindowInSeconds to at least 1, or use a batch of at most 10",
        )


def _concurrency(properties: Mapping[str, Any], where: str) -> int:
    maximum = (properties.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if maximum is None:
        return _BATCHES_AT_ONCE
    if not 2 <= int(maximum) <= 1_000:
        raise CumuloError(f"MaximumConcurrency is {maximum}", where=where, hint="use 2 to 1000")
    return int(maximum)


def _filters(properties: Mapping[str, Any], where: str) -> tuple[str, ...]:
    filters = (properties.get("FilterCriteria") or {}).get("Filters") or ()
    texts = tuple(str(filter_.get("Pattern", "{}")) for filter_ in filters)
    for text in texts:
        patterns.parse(text, where=where)
    return texts


def _flag(value: Any) -> bool:
    return value is None or str(value).lower() == "true"
