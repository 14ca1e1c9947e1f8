"""One event source mapping at work: receive, filter, invoke, delete what succeeded."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from cumulo.local.clock import Clock
from cumulo.local.entries import Entry, Recorder
from cumulo.local.invoking import InvocationResult, Invoker, TooManyRequestsError, UnknownFunctionError
from cumulo.local.queues import events, patterns
from cumulo.local.queues.client import Message, SqsClient, SqsError
from cumulo.local.queues.mapping import QueueMapping

_WAIT = 1  # seconds of one long poll. A poll is never abandoned, since it could take messages along: stop waits for it
_RECEIVE = 10
_ANSWER = 0.002  # seconds that an answer takes at most that the emulator has given already
_EVENT_BYTES = 6 * 1024 * 1024
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds, growing with failures in a row


class Poller:
    """Polls one queue for one function.

    Parameters
    ----------
    mapping
        The event source mapping.
    client
        How to reach the queue.
    invoker
        Who calls the function.
    recorder
        Takes an entry for each batch.
    clock
        Tells when messages that failed come back.
    """

    def __init__(
        self, mapping: QueueMapping, *, client: SqsClient, invoker: Invoker, recorder: Recorder, clock: Clock
    ) -> None:
        self.mapping = mapping
        self.counts: Counter[str] = Counter()
        self._filters = [patterns.parse(text, where=mapping.id) for text in mapping.filters]
        self._client, self._invoker, self._recorder, self._clock = client, invoker, recorder, clock
        self._slots = asyncio.Semaphore(mapping.concurrency)
        self._batches: set[asyncio.Task[None]] = set()
        self._waiting: dict[str, tuple[Message, float]] = {}
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._failures = self._unreachable = 0  # in a row
        self._polling = False
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a batch is being worked on."""
        return bool(self._batches)

    @property
    def oldest(self) -> float | None:
        """When the oldest message that failed and will come back was sent, in seconds since the epoch."""
        self.forget_returned(self._clock.now())
        return min((_sent(message) for message, _ in self._waiting.values()), default=None)

    @property
    def returning(self) -> float:
        """When the next message that failed comes back, in seconds since the epoch; infinity when none does."""
        return min((returns for _, returns in self._waiting.values()), default=math.inf)

    def start(self) -> None:
        """Begin to poll."""
        self._task = asyncio.create_task(self._poll(), name=f"poller {self.mapping.id}")

    async def stop(self) -> None:
        """Stop polling; returns when the batches under way are finished."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        await asyncio.gather(*self._batches)

    async def hurry(self) -> None:
        """From now on let messages that failed come back at once, those that wait already included."""
        self._hurried.set()
        self.forget_returned(self._clock.now())
        waiting = [message for message, _ in self._waiting.values()]
        self._waiting.clear()
        await self._client.change_visibility(self.mapping.queue_url, waiting, 0)

    def relax(self) -> None:
        """Let messages that fail wait for the queue's visibility timeout again."""
        self._hurried.clear()

    async def take(self) -> bool:
        """Begin with one batch of what is in the queue now, unless enough are under way; tell whether there was any."""
        return not self._slots.locked() and await self._begin(wait=0)

    async def work_off(self) -> bool:
        """Work on what is in the queue now; returns when that is done with, or waits again: whether there was any."""
        took = False
        while await self.take():
            took = True
        if self._polling:
            await asyncio.sleep(_ANSWER)  # it may have gone to the long poll: its answer is on the way then
        took = took or self.busy
        await asyncio.gather(*self._batches)
        return took

    async def expects(self) -> bool:
        """Tell whether the queue holds messages that are visible, or will be as they were sent with a delay.

        No, when it cannot be reached.
        """
        with suppress(OSError, SqsError):
            attributes = await self._client.attributes(self.mapping.queue_url)
            return any(int(attributes.get(f"ApproximateNumberOfMessages{suffix}", 0)) for suffix in ("", "Delayed"))
        return False

    def forget_returned(self, now: float) -> None:
        """Wait no more for the messages that are back in the queue at a time."""
        self._waiting = {id_: waiting for id_, waiting in self._waiting.items() if waiting[1] > now}

    async def _poll(self) -> None:
        while not self._stopping.is_set():
            if self._clock.advancing:  # messages are worked off between two moves then, see QueuePollers
                await self._sleep(_PAUSES[0])
                continue
            self._polling = True
            try:
                await self._begin(wait=_WAIT)
            except (OSError, SqsError) as problem:
                await self._pause_after(problem)
            else:
                self._unreachable = 0
            self._polling = False

    async def _begin(self, *, wait: int) -> bool:
        """Receive a batch, when one more may be worked on, and leave the work to a task."""
        await self._slots.acquire()
        batch: list[Message] = []
        try:
            if not self._stopping.is_set():
                batch = await self._gather(wait=wait)
        finally:
            if not batch:
                self._slots.release()
        if batch:
            task = asyncio.create_task(self._work_and_release(batch))
            self._batches.add(task)
            task.add_done_callback(self._batches.discard)
        return bool(batch)

    async def _gather(self, *, wait: int) -> list[Message]:
        """Receive a batch: its size, its window or the size of an event ends it."""
        size = self.mapping.batch_size
        batch = await self._receive(min(size, _RECEIVE), wait)
        ends = time.monotonic() + self.mapping.window
        while batch and len(batch) < size and not self._stopping.is_set() and not _too_large(batch):
            left = ends - time.monotonic()
            if left <= 0:
                break
            more = await self._receive(min(size - len(batch), _RECEIVE), 0 if self._hurried.is_set() else 1)
            if not more and self._hurried.is_set():
                break
            batch += more
        return await self._cut(batch)

    async def _receive(self, count: int, wait: int) -> list[Message]:
        messages = await self._client.receive(self.mapping.queue_url, count, wait=wait)
        self.counts["received"] += len(messages)
        return messages

    async def _cut(self, batch: list[Message]) -> list[Message]:
        """Give back what does not fit into one event."""
        fitting = list(batch)
        while len(fitting) > 1 and _too_large(fitting):
            fitting.pop()
        if len(fitting) < len(batch):
            await self._client.change_visibility(self.mapping.queue_url, batch[len(fitting) :], 0)
        return fitting

    async def _work_and_release(self, batch: list[Message]) -> None:
        try:
            await self._work(batch)
        except (OSError, SqsError) as problem:
            # What was not deleted comes back after the visibility timeout.
            self._record(f"the queue cannot be reached: {_why(problem)}", "ERROR")
        finally:
            self._slots.release()

    async def _work(self, batch: list[Message]) -> None:
        records = [events.record(m, queue_arn=self.mapping.queue_arn, region=self.mapping.region) for m in batch]
        passing = [patterns.passes(record, self._filters) for record in records]
        wanted = [message for message, passes in zip(batch, passing, strict=True) if passes]
        await self._delete([message for message, passes in zip(batch, passing, strict=True) if not passes])
        if wanted:
            event = {"Records": [record for record, passes in zip(records, passing, strict=True) if passes]}
            await self._invoke(wanted, json.dumps(event).encode())
        if len(wanted) < len(batch):
            self._record(f"{len(batch) - len(wanted)} filtered out", "INFO", filtered=len(batch) - len(wanted))

    async def _invoke(self, batch: Sequence[Message], event: bytes) -> None:
        ids = [message["MessageId"] for message in batch]
        result = await self._result(event)
        if result is None or result.error is not None:
            failed = frozenset(ids)
        else:
            failed = events.failed_ids(result.payload, ids) if self.mapping.reports_failures else frozenset()
        await self._delete([message for message in batch if message["MessageId"] not in failed])
        outcome = f"{len(failed)} failed" if failed else "done"
        self._record(
            f"{len(batch)} {'message' if len(batch) == 1 else 'messages'}, {outcome}",
            "WARNING" if failed else "INFO",
            request_id=result.request_id if result else None,
            received=ids,
            failed=sorted(failed),
        )
        if not failed:
            self._failures = 0
        else:
            await self._put_back([message for message in batch if message["MessageId"] in failed])

    async def _result(self, event: bytes) -> InvocationResult | None:
        """Invoke the function; a throttled one again and again until the messages are about to come back.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-backoff-strategy
        """
        ends = time.monotonic() + self.mapping.visibility_timeout
        for attempt in range(10_000):
            try:
                return await self._invoker.invoke(self.mapping.function, event)
            except TooManyRequestsError:
                pause = _pause(attempt)
                if self._stopping.is_set() or time.monotonic() + pause >= ends:
                    return None
                await self._sleep(pause)
            except UnknownFunctionError:
                self._record("there is no such function", "ERROR")
                return None
            except Exception as problem:
                self._record(f"could not be invoked ({type(problem).__name__}: {problem})", "ERROR")
                return None
        return None

    async def _put_back(self, failed: Sequence[Message]) -> None:
        """Leave failed messages to the visibility timeout, or return them now when they are waited for."""
        self._failures += 1
        if self._hurried.is_set():
            await asyncio.sleep(_PAUSES[0] / 2)
            await self._client.change_visibility(self.mapping.queue_url, failed, 0)
            return
        now = self._clock.now()
        self.forget_returned(now)
        returns = now + self.mapping.visibility_timeout
        self._waiting.update({message["MessageId"]: (message, returns) for message in failed})
        self._clock.changed()
        if not self.mapping.visibility_timeout:
            await self._sleep(_pause(self._failures))

    async def _delete(self, messages: Sequence[Message]) -> None:
        if messages:
            await self._client.delete(self.mapping.queue_url, messages)
            self.counts["deleted"] += len(messages)
            for message in messages:
                self._waiting.pop(message["MessageId"], None)

    async def _pause_after(self, problem: Exception) -> None:
        if self._unreachable == 0:
            self._record(f"the queue cannot be reached: {_why(problem)}", "ERROR")
        await self._sleep(_pause(self._unreachable))
        self._unreachable += 1

    async def _sleep(self, seconds: float) -> None:
        """Sleep until the time is up or the poller stops."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _record(self, text: str, level: str, *, request_id: str | None = None, **data: object) -> None:
        data = {"queue": self.mapping.queue, "function": self.mapping.function_name, **data}
        line = f"{self.mapping.queue} -> {self.mapping.function_name}: {text}"
        self._recorder.append(Entry(self._clock.now(), "message", self.mapping.queue, line, request_id, level, data))


def _pause(failures: int) -> float:
    return _PAUSES[min(failures, len(_PAUSES) - 1)]


def _too_large(batch: Sequence[Message]) -> bool:
    return sum(len(message["Body"]) for message in batch) > _EVENT_BYTES


def _sent(message: Message) -> float:
    return int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000


def _why(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
