"""The AWS/SQS metrics of the local queues, once a minute.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection
from contextlib import suppress

from cumulo.local.clock import Clock
from cumulo.local.entries import Entry, Recorder
from cumulo.local.queues.client import SqsClient, SqsError
from cumulo.local.queues.mapping import queue_name
from cumulo.local.queues.poller import Poller
from cumulo.local.world import World

_PERIOD = 60
_ACTIVE = 900  # seconds that queues are measured for after something happened, while the clock is moved
_FRESH = 1.0  # real seconds that a measurement holds when nothing happens
_ATTRIBUTES = {
    "ApproximateNumberOfMessages": "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}
_COUNTS = {"received": "NumberOfMessagesReceived", "deleted": "NumberOfMessagesDeleted"}


class Gauges:
    """Records the metrics of every queue of a world; an agenda of the clock.

    ``ApproximateAgeOfOldestMessage`` and the counts of received and deleted messages concern what functions
    consume; the emulator does not tell them for other queues.

    CloudWatch measures active queues once a minute. While the clock is moved by days, a queue that nothing happens in
    is not asked again each minute: what it held counts on, and when that is nothing for 15 minutes it is inactive.

    Parameters
    ----------
    client
        Asks the queues.
    recorder
        Takes an entry for each metric.
    clock
        Tells when.
    world
        Gives the world whose queues are measured.
    pollers
        Gives those that consume them.
    activity
        Returns another number whenever something may have changed what queues hold.
    """

    def __init__(
        self,
        client: SqsClient,
        recorder: Recorder,
        clock: Clock,
        *,
        world: Callable[[], World],
        pollers: Callable[[], Collection[Poller]],
        activity: Callable[[], int],
    ) -> None:
        self._client, self._recorder, self._clock = client, recorder, clock
        self._world, self._pollers, self._activity = world, pollers, activity
        self._held: dict[str, dict[str, float]] = {}
        self._recorded = clock.now()
        self._active_until = self._recorded + _ACTIVE
        self._measured = -math.inf  # in real seconds
        self._seen = -1

    def next_due(self) -> float:
        """Return when the next minute begins; infinity while the queues are inactive."""
        now = self._clock.now()
        if self._recorded > now + _PERIOD:  # the clock went back
            self._recorded, self._active_until = now, now + _ACTIVE
        due = (self._recorded // _PERIOD + 1) * _PERIOD
        return math.inf if due > self._active_until and not self._outdated() else due

    async def run_due(self, now: float) -> None:
        """Record the metrics of a minute."""
        self._recorded = now
        if self._outdated():
            self._seen = self._activity()
            self._active_until = now + _ACTIVE
            await self._measure(self._world())
        elif any(any(held.values()) for held in self._held.values()):
            self._active_until = now + _ACTIVE
        for queue, held in self._held.items():
            for metric, value in held.items():
                self._append(now, queue, metric, value, "Count")
        for poller in self._pollers():
            for count, metric in _COUNTS.items():
                self._append(now, poller.mapping.queue, metric, poller.counts.pop(count, 0), "Count")
            age = now - poller.oldest if poller.oldest is not None else 0.0
            self._append(now, poller.mapping.queue, "ApproximateAgeOfOldestMessage", age, "Seconds")

    def _outdated(self) -> bool:
        real = asyncio.get_running_loop().time()
        return self._activity() != self._seen or real - self._measured >= _FRESH

    async def _measure(self, world: World) -> None:
        """Ask what the queues hold; one that cannot be reached is not measured, and its poller says so."""
        held = {}
        for queue in world.of_type("AWS::SQS::Queue"):
            with suppress(OSError, SqsError):
                attributes = await self._client.attributes(queue.physical_id)
                held[queue_name(queue)] = {
                    metric: float(attributes.get(attribute, 0)) for attribute, metric in _ATTRIBUTES.items()
                }
        self._held = held
        loop = asyncio.get_running_loop()
        self._measured = loop.time()
        loop.call_later(_FRESH, self._clock.changed)

    def _append(self, now: float, queue: str, name: str, value: float, unit: str) -> None:
        data = {
            "namespace": "AWS/SQS",
            "name": name,
            "dimensions": {"QueueName": queue},
            "value": value,
            "unit": unit,
        }
        self._recorder.append(Entry(now, "metric", queue, f"AWS/SQS {name}={value:g} {queue}", data=data))
