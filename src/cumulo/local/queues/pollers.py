"""All the queues of a world: their pollers, their metrics, and what tests ask of them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence

from cumulo.errors import CumuloError
from cumulo.local.clock import Clock
from cumulo.local.entries import Recorder
from cumulo.local.invoking import Invoker
from cumulo.local.queues.client import Message, SqsClient, SqsError
from cumulo.local.queues.gauges import Gauges
from cumulo.local.queues.mapping import QueueMapping, queue_mappings, queue_name
from cumulo.local.queues.poller import Poller
from cumulo.local.world import World

_LOOK = 0.02  # seconds between two looks at a queue that is being drained
_LOOK_AGAIN = 5  # seconds of a clock that is moved: SQS tells that messages are delayed, but not until when
_PEEK = 30  # seconds that messages are hidden while they are being looked at


class QueuePollers:
    """Runs the event source mappings of queues.

    Parameters
    ----------
    world
        Where the mappings and queues are declared.
    invoker
        Calls the functions.
    recorder
        Takes entries of kind ``"message"`` for batches and ``"metric"`` for the queues' metrics.
    client
        How to reach the queues, as the account's root.
    clock
        Tells when messages that failed come back; moving it has them come back in order, each at its own time.
    activity
        Returns another number whenever queues may hold something else than before: the emulator's changes.

    Raises
    ------
    CumuloError
        When Lambda would refuse a mapping.

    Examples
    --------
    >>> pollers = QueuePollers(world, invoker=host, recorder=journal, client=client)  # doctest: +SKIP
    >>> await pollers.start()  # doctest: +SKIP
    >>> await pollers.drain("items-dev-orders")  # doctest: +SKIP
    >>> await pollers.stop()  # doctest: +SKIP
    """

    def __init__(
        self,
        world: World,
        *,
        invoker: Invoker,
        recorder: Recorder,
        client: SqsClient,
        clock: Clock,
        activity: Callable[[], int],
    ) -> None:
        self._invoker, self._recorder, self._client, self._clock = invoker, recorder, client, clock
        self._activity = activity
        self._seen = -1
        self._look_again = math.inf
        self._world = world
        self._pollers = {mapping: self._poller(mapping) for mapping in queue_mappings(world)}
        self._gauges = Gauges(
            client,
            recorder,
            clock,
            world=lambda: self._world,
            pollers=lambda: self._pollers.values(),
            activity=activity,
        )
        self._running = False

    async def start(self) -> None:
        """Begin to poll."""
        self._running = True
        for poller in self._pollers.values():
            poller.start()
        self._clock.add(self)
        self._clock.add(self._gauges)

    async def stop(self) -> None:
        """Stop polling; returns when the batches under way are finished. Messages that wait stay in their queues."""
        if self._running:
            self._clock.remove(self)
            self._clock.remove(self._gauges)
        self._running = False
        await asyncio.gather(*(poller.stop() for poller in self._pollers.values()))
        self._client.close()
        self._pollers = {mapping: self._poller(mapping) for mapping in self._pollers}

    async def update(self, world: World) -> None:
        """Follow a changed world: mappings that are gone stop, new ones start, all others go on undisturbed.

        Raises
        ------
        CumuloError
            When Lambda would refuse a mapping; nothing has changed then.
        """
        mappings = queue_mappings(world)
        gone = [poller for mapping, poller in self._pollers.items() if mapping not in mappings]
        added = {mapping: self._poller(mapping) for mapping in mappings if mapping not in self._pollers}
        kept = {mapping: poller for mapping, poller in self._pollers.items() if mapping in mappings}
        self._world, self._pollers = world, {**kept, **added}
        await asyncio.gather(*(poller.stop() for poller in gone))
        if self._running:
            for poller in added.values():
                poller.start()

    def next_due(self) -> float:
        """Return when the next message that failed comes back.

        While the clock is moved also at once whenever something was sent: that is due before later work.
        """
        if self._clock.advancing and self._pollers and self._activity() != self._seen:
            return -math.inf
        looks = self._look_again if self._clock.advancing else math.inf
        return min((looks, *(poller.returning for poller in self._pollers.values())))

    async def run_due(self, now: float) -> None:
        """Work on what the queues hold, until a time; returns when it is done with, or waits again."""
        pollers = tuple(self._pollers.values())
        for poller in pollers:
            poller.forget_returned(now)
        while any([await poller.work_off() for poller in pollers]):
            pass
        self._seen = self._activity()
        expected = [await poller.expects() for poller in pollers] if self._clock.advancing else []
        self._look_again = now + _LOOK_AGAIN if any(expected) else math.inf

    async def drain(self, queue: str, timeout: float = 30.0) -> None:
        """Wait until a queue is empty: every message done with, or moved to the dead-letter queue.

        Messages that fail come back at once meanwhile, without the queue's visibility timeout; those with a delay
        are waited for. Works whether the pollers run or not.

        Parameters
        ----------
        queue
            Its name or URL.
        timeout
            Seconds to wait at most.

        Raises
        ------
        CumuloError
            When no function consumes the queue, or messages are left when the time is up.
        """
        name = queue.rpartition("/")[2]
        pollers = [poller for mapping, poller in self._pollers.items() if mapping.queue == name]
        if not pollers:
            consumed = sorted({mapping.queue for mapping in self._pollers})
            raise CumuloError("no function consumes the queue", where=f"queue {name!r}", hint=_listing(consumed))
        try:
            for poller in pollers:
                await poller.hurry()
            left = await self._drained(pollers, timeout)
        except (OSError, SqsError) as problem:
            raise CumuloError(f"cannot be reached ({problem})", where=f"queue {name!r}") from None
        finally:
            for poller in pollers:
                poller.relax()
        if left:
            raise CumuloError(
                f"not empty after {timeout:g} s: {left}",
                where=f"queue {name!r}",
                hint="look at the function's log lines; a message that always fails ends in the dead-letter queue "
                "only when the queue has a redrive policy",
            )

    async def messages(self, queue: str) -> list[Message]:
        """Return the visible messages of a queue, a dead-letter queue for instance, and leave them there.

        Each has ``MessageId``, ``Body``, ``Attributes`` and ``MessageAttributes``. Of a FIFO queue at most ten of a
        message group. Looking counts as receiving: ``ApproximateReceiveCount`` goes up by one.

        Raises
        ------
        CumuloError
            When there is no such queue.
        """
        found: list[Message] = []
        try:
            while received := await self._client.receive(queue, 10, visibility_timeout=_PEEK):
                found += received
            await self._client.change_visibility(queue, found, 0)
        except SqsError as problem:
            names = sorted(queue_name(resource) for resource in self._world.of_type("AWS::SQS::Queue"))
            raise CumuloError(str(problem), where=f"queue {queue!r}", hint=_listing(names)) from None
        return found

    async def record_metrics(self) -> None:
        """Record the queues' metrics now, besides once a minute."""
        await self._gauges.run_due(self._clock.now())

    async def _drained(self, pollers: Sequence[Poller], timeout: float) -> str:
        """Work until the queue is empty, and return what is left when the time is up."""
        ends = time.monotonic() + timeout
        while True:
            taken = [await poller.take() for poller in pollers]
            if not any(taken):
                left = await self._left(pollers[0].mapping.queue_url)
                # In this order: a batch that empties the queue is busy until it has been recorded.
                if not left and not any(poller.busy for poller in pollers):
                    return ""
                if time.monotonic() >= ends:
                    return left or "a function is still at work"
                await asyncio.sleep(_LOOK)

    async def _left(self, url: str) -> str:
        """Say what a queue holds; nothing when it is empty."""
        attributes = await self._client.attributes(url)
        counts = [
            (int(attributes.get(f"ApproximateNumberOfMessages{suffix}", 0)), word)
            for suffix, word in (("", "visible"), ("NotVisible", "in flight"), ("Delayed", "delayed"))
        ]
        return ", ".join(f"{count} {word}" for count, word in counts if count)

    def _poller(self, mapping: QueueMapping) -> Poller:
        return Poller(mapping, client=self._client, invoker=self._invoker, recorder=self._recorder, clock=self._clock)


def _listing(names: Sequence[str]) -> str:
    return f"there are {', '.join(names)}" if names else "there are none"
