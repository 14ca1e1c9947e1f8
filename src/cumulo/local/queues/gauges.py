"""The AWS/SQS metrics of the local queues, once a minute.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from cumulo.local.entries import Entry, Recorder
from cumulo.local.queues.client import SqsClient, SqsError
from cumulo.local.queues.mapping import queue_name
from cumulo.local.queues.poller import Poller
from cumulo.local.world import World

_PERIOD = 60
_ATTRIBUTES = {
    "ApproximateNumberOfMessages": "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}
_COUNTS = {"received": "NumberOfMessagesReceived", "deleted": "NumberOfMessagesDeleted"}


class Gauges:
    """Records the metrics of every queue of a world.

    ``ApproximateAgeOfOldestMessage`` and the counts of received and deleted messages concern what functions
    consume; the emulator does not tell them for other queues.
    """

    def __init__(self, client: SqsClient, recorder: Recorder) -> None:
        self._client, self._recorder = client, recorder
        self._task: asyncio.Task[None] | None = None

    def start(self, world: Callable[[], World], pollers: Callable[[], Sequence[Poller]]) -> None:
        """Record once a minute what the world and its pollers are then."""
        self._task = asyncio.create_task(self._run(world, pollers), name="queue metrics")

    async def stop(self) -> None:
        """Stop recording."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def record(self, world: World, pollers: Sequence[Poller]) -> None:
        """Record the metrics of this moment."""
        now = time.time()
        for queue in world.of_type("AWS::SQS::Queue"):
            name = queue_name(queue)
            with suppress(OSError, SqsError):  # the pollers say when the queues cannot be reached
                attributes = await self._client.attributes(queue.physical_id)
                for attribute, metric in _ATTRIBUTES.items():
                    self._append(now, name, metric, float(attributes.get(attribute, 0)), "Count")
        for poller in pollers:
            for count, metric in _COUNTS.items():
                self._append(now, poller.mapping.queue, metric, poller.counts.pop(count, 0), "Count")
            age = now - poller.oldest if poller.oldest is not None else 0.0
            self._append(now, poller.mapping.queue, "ApproximateAgeOfOldestMessage", age, "Seconds")

    async def _run(self, world: Callable[[], World], pollers: Callable[[], Sequence[Poller]]) -> None:
        while True:
            await asyncio.sleep(_PERIOD - time.time() % _PERIOD)
            await self.record(world(), pollers())

    def _append(self, now: float, queue: str, name: str, value: float, unit: str) -> None:
        data = {
            "namespace": "AWS/SQS",
            "name": name,
            "dimensions": {"QueueName": queue},
            "value": value,
            "unit": unit,
        }
        self._recorder.append(Entry(now, "metric", queue, f"AWS/SQS {name}={value:g} {queue}", data=data))
