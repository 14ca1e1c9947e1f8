"""Event source mappings on the emulator's real queues."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from cumulo.errors import CumuloError
from cumulo.local.clock import Clock
from cumulo.local.emulator.process import Emulator
from cumulo.local.entries import Entry
from cumulo.local.invoking import InvocationResult, TooManyRequestsError
from cumulo.local.queues.client import SqsClient
from cumulo.local.queues.pollers import QueuePollers
from cumulo.local.world import Resource, World

from ._aws import REGION, client

_opened: list[SqsClient] = []
Event = dict[str, Any]
Handler = Callable[[Event], Any]


@dataclass
class Functions:
    """Runs handlers in this process, as a function host would."""

    handler: Handler
    events: list[Event] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    wait: Callable[[], Awaitable[None]] | None = None

    async def invoke(self, function: str, payload: bytes) -> InvocationResult:
        event = json.loads(payload)
        self.events.append(event)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.wait:
                await self.wait()
            answer = json.dumps(self.handler(event)).encode()
        except ZeroDivisionError:
            return InvocationResult("r", b'{"errorMessage": "division by zero"}', "Unhandled", 1.0)
        finally:
            self.at_once -= 1
        return InvocationResult("r", answer, None, 1.0)

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for event in self.events for record in event["Records"]]


@dataclass
class Queues:
    """One account's queues ``orders`` and ``orders-dlq``, consumed by the function ``consume``."""

    emulator: Emulator
    account: str
    sqs: Any
    url: str
    dead: str

    def world(self, *, timeout: int = 30, suffix: str = "", **mapping: Any) -> World:
        queue = f"orders{suffix}"
        resources = [
            Resource("data", "Orders", "AWS::SQS::Queue", self.url, {"VisibilityTimeout": timeout}),
            Resource("data", "Dead", "AWS::SQS::Queue", self.dead, {}),
            Resource(
                "api",
                "Consume",
                "AWS::Lambda::EventSourceMapping",
                "mapping-1",
                {
                    "EventSourceArn": f"arn:aws:sqs:{REGION}:{self.account}:{queue}",
                    "FunctionName": "consume",
                    **mapping,
                },
            ),
        ]
        return World(self.account, REGION, tuple(resources))

    def send(self, *bodies: str, **more: Any) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)

    def left(self, url: str | None = None) -> tuple[int, int]:
        attributes = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=["All"])["Attributes"]
        return (
            int(attributes["ApproximateNumberOfMessages"]),
            int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )

    def pollers(
        self, functions: Any, journal: list[Entry] | None = None, clock: Clock | None = None, **mapping: Any
    ) -> QueuePollers:
        clock = clock or Clock()
        sqs = SqsClient(self.emulator.endpoint, REGION, self.emulator.root_credentials(self.account), clock.now)
        _opened.append(sqs)
        return QueuePollers(
            self.world(**mapping),
            invoker=functions,
            recorder=journal if journal is not None else [],
            client=sqs,
            clock=clock,
            activity=lambda: self.emulator.changes,
        )


def queues_of(emulator: Emulator, account: str, *, receives: int = 3, suffix: str = "", timeout: int = 30) -> Queues:
    sqs = client("sqs", emulator, emulator.root_credentials(account))
    fifo = {"FifoQueue": "true"} if suffix else {}
    dead = sqs.create_queue(QueueName=f"orders-dlq{suffix}", Attributes=fifo)["QueueUrl"]
    redrive = {
        "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{account}:orders-dlq{suffix}",
        "maxReceiveCount": receives,
    }
    attributes = {"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": str(timeout), **fifo}
    url = sqs.create_queue(QueueName=f"orders{suffix}", Attributes=attributes)["QueueUrl"]
    return Queues(emulator, account, sqs, url, dead)


@pytest.fixture
def queues(emulator: Emulator, account: str) -> Queues:
    return queues_of(emulator, account)


@pytest.fixture(autouse=True)
async def connections_closed() -> AsyncIterator[None]:
    """Close what tests opened that ask pollers without running them."""
    yield
    while _opened:
        _opened.pop().close()
    await asyncio.sleep(0)


@pytest.fixture
def clock(emulator: Emulator) -> Iterator[Clock]:
    """A clock that moves the emulator along."""
    clock = Clock()
    clock.on_moved(emulator.move)
    yield clock
    emulator.move(0.0)


@asynccontextmanager
async def running(pollers: QueuePollers) -> AsyncIterator[QueuePollers]:
    await pollers.start()
    try:
        yield pollers
    finally:
        await pollers.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def fail_on(*bodies: str) -> Handler:
    """Return a handler that reports these bodies as failed."""
    return lambda event: {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]} for record in event["Records"] if record["body"] in bodies
        ]
    }


class TestBatches:
    async def test_the_event_is_lambdas(self, queues: Queues) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event"""
        functions = Functions(lambda event: None)
        queues.send(
            "hello",
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": "order"},
                "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
            },
        )
        async with running(queues.pollers(functions)) as pollers:
            await pollers.drain("orders")
        (record,) = functions.events[0]["Records"]
        assert record.pop("messageId")
        assert record.pop("receiptHandle")
        assert record.pop("md5OfMessageAttributes")
        attributes = record.pop("attributes")
        assert attributes["ApproximateReceiveCount"] == "1"
        assert {"SenderId", "SentTimestamp", "ApproximateFirstReceiveTimestamp"} <= set(attributes)
        empty = {"stringListValues": [], "binaryListValues": []}
        assert record == {
            "body": "hello",
            "messageAttributes": {
                "kind": {"stringValue": "order", "dataType": "String", **empty},
                "raw": {"binaryValue": "AAE=", "dataType": "Binary", **empty},
            },
            "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{queues.account}:orders",
            "awsRegion": REGION,
        }

    async def test_messages_arrive_while_it_runs_and_are_deleted(self, queues: Queues) -> None:
        functions = Functions(lambda event: None)
        journal: list[Entry] = []
        async with running(queues.pollers(functions, journal)):
            queues.send("a", "b")
            await until(lambda: len(functions.bodies) == 2)
            await until(lambda: queues.left() == (0, 0))
        assert {entry.subject for entry in journal} == {"orders"}
        assert sum(len(entry.data["received"]) for entry in journal) == 2

    async def test_a_batch_is_at_most_its_size(self, queues: Queues) -> None:
        functions = Functions(lambda event: None)
        queues.send(*"abcdefg")
        pollers = queues.pollers(functions, BatchSize=3)
        await pollers.drain("orders")
        assert max(len(event["Records"]) for event in functions.events) == 3
        assert sorted(functions.bodies) == list("abcdefg")

    async def test_a_window_gathers_more_than_ten(self, queues: Queues) -> None:
        functions = Functions(lambda event: None)
        queues.send(*(str(n) for n in range(25)))
        async with running(queues.pollers(functions, BatchSize=25, MaximumBatchingWindowInSeconds=20)):
            await until(lambda: len(functions.events) == 1)
        assert len(functions.bodies) == 25

    async def test_no_more_batches_at_once_than_the_maximum_concurrency(self, queues: Queues) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency"""
        functions = Functions(lambda event: None, wait=lambda: asyncio.sleep(0.05))
        queues.send(*(str(n) for n in range(12)))
        async with running(queues.pollers(functions, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})) as pollers:
            await pollers.drain("orders")
        assert (len(functions.bodies), functions.most_at_once) == (12, 2)

    async def test_filtered_messages_are_deleted_without_an_invocation(self, queues: Queues) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html"""
        functions = Functions(lambda event: None)
        queues.send('{"kind": "order"}', '{"kind": "other"}', "text")
        filters = {"Filters": [{"Pattern": '{"body": {"kind": ["order"]}}'}]}
        await queues.pollers(functions, FilterCriteria=filters).drain("orders")
        assert functions.bodies == ['{"kind": "order"}']
        assert queues.left() == (0, 0)

    async def test_a_disabled_mapping_does_nothing(self, queues: Queues) -> None:
        queues.send("a")
        async with running(queues.pollers(Functions(lambda event: None), Enabled=False)) as pollers:
            with pytest.raises(CumuloError, match="no function consumes"):
                await pollers.drain("orders")
        assert queues.left() == (1, 0)


class TestFailures:
    async def test_only_reported_messages_come_back(self, queues: Queues) -> None:
        functions = Functions(fail_on("bad"))
        queues.send("good", "bad")
        pollers = queues.pollers(functions, FunctionResponseTypes=["ReportBatchItemFailures"])
        await pollers.drain("orders")
        assert functions.bodies.count("good") == 1
        assert functions.bodies.count("bad") == 3

    async def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(self, queues: Queues) -> None:
        functions = Functions(fail_on("bad"))
        queues.send("bad", *"abcdef")
        pollers = queues.pollers(functions, FunctionResponseTypes=["ReportBatchItemFailures"])
        await pollers.drain("orders")
        assert [message["Body"] for message in await pollers.messages("orders-dlq")] == ["bad"]
        assert [message["Body"] for message in await pollers.messages("orders-dlq")] == ["bad"]
        assert {*functions.bodies} == {"bad", *"abcdef"}

    async def test_an_error_fails_the_whole_batch(self, queues: Queues) -> None:
        functions = Functions(lambda event: 1 / 0)
        queues.send("a", "b")
        pollers = queues.pollers(functions, BatchSize=10)
        await pollers.drain("orders")
        assert sorted(message["Body"] for message in await pollers.messages("orders-dlq")) == ["a", "b"]
        assert sorted(functions.bodies) == ["a", "a", "a", "b", "b", "b"]

    async def test_a_failed_message_comes_back_after_the_visibility_timeout(
        self, emulator: Emulator, account: str
    ) -> None:
        queues = queues_of(emulator, account, timeout=1)
        functions = Functions(lambda event: 1 / 0 if len(functions.events) == 1 else None)
        queues.send("a")
        async with running(queues.pollers(functions, timeout=1)):
            await until(lambda: len(functions.events) == 1)
            await until(lambda: queues.left() == (0, 1))
            await until(lambda: len(functions.events) == 2)
            await until(lambda: queues.left() == (0, 0))
        assert functions.events[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"

    async def test_a_throttled_function_is_tried_again_with_the_same_messages(self, queues: Queues) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""

        def throttle_twice(event: Event) -> None:
            if len(functions.events) < 3:
                raise TooManyRequestsError

        functions = Functions(throttle_twice)
        queues.send("a")
        await queues.pollers(functions).drain("orders")
        receives = [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in functions.events]
        assert receives == ["1", "1", "1"]

    async def test_an_invoker_that_breaks_does_not_end_the_poller(self, queues: Queues) -> None:
        def break_once(event: Event) -> None:
            if len(functions.events) == 1:
                raise RuntimeError("broken")

        functions = Functions(break_once)
        journal: list[Entry] = []
        queues.send("a")
        async with running(queues.pollers(functions, journal)) as pollers:
            await pollers.drain("orders")
        assert len(functions.events) == 2
        assert any("RuntimeError" in entry.text for entry in journal)

    async def test_a_drain_says_what_is_left(self, emulator: Emulator, account: str) -> None:
        queues = queues_of(emulator, account, receives=1000)
        queues.send("a")
        with pytest.raises(CumuloError, match=r"1 (visible|in flight)"):
            await queues.pollers(Functions(lambda event: 1 / 0)).drain("orders", timeout=0.3)


class TestFifo:
    async def test_a_group_keeps_its_order_while_a_message_fails(self, emulator: Emulator, account: str) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: stop after the first failure"""
        queues = queues_of(emulator, account, suffix=".fifo", receives=10)
        done: list[str] = []

        def handle(event: Event) -> Any:
            records = event["Records"]
            for position, record in enumerate(records):
                if record["body"] == "b" and record["attributes"]["ApproximateReceiveCount"] == "1":
                    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records[position:]]}
                done.append(record["body"])
            return None

        for body in "abcd":
            queues.send(body, MessageGroupId="g", MessageDeduplicationId=body)
        async with running(
            queues.pollers(Functions(handle), suffix=".fifo", FunctionResponseTypes=["ReportBatchItemFailures"])
        ) as pollers:
            await pollers.drain("orders.fifo")
        assert done == ["a", "b", "c", "d"]


class TestLife:
    async def test_stopping_finishes_what_is_under_way_and_leaves_the_rest(self, queues: Queues) -> None:
        go_on = asyncio.Event()

        async def wait() -> None:
            await go_on.wait()

        functions = Functions(lambda event: None, wait=wait)
        queues.send("a", "b", "c")
        pollers = queues.pollers(functions, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
        await pollers.start()
        await until(lambda: functions.at_once == 2)
        stopping = asyncio.create_task(pollers.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        go_on.set()
        await stopping
        assert len(functions.bodies) == 2
        assert sum(queues.left()) == 1

    async def test_an_update_starts_and_stops_mappings(self, queues: Queues) -> None:
        functions = Functions(lambda event: None)
        async with running(queues.pollers(functions, Enabled=False)) as pollers:
            queues.send("a")
            await pollers.update(queues.world())
            await until(lambda: functions.bodies == ["a"])
            await pollers.update(queues.world(Enabled=False))
            queues.send("b")
            with pytest.raises(CumuloError):
                await pollers.drain("orders")
        assert functions.bodies == ["a"]
        assert queues.left() == (1, 0)

    async def test_an_emulator_that_is_gone_is_said_once_and_waited_for(self, queues: Queues) -> None:
        journal: list[Entry] = []
        nowhere = SqsClient("http://127.0.0.1:9", REGION, queues.emulator.root_credentials(queues.account))
        functions = Functions(lambda e: None)
        pollers = QueuePollers(
            queues.world(), invoker=functions, recorder=journal, client=nowhere, clock=Clock(), activity=lambda: 0
        )
        async with running(pollers):
            await until(lambda: bool(journal))
            await asyncio.sleep(0.4)
        assert ["cannot be reached" in entry.text for entry in journal] == [True]

    async def test_unknown_queues_are_named(self, queues: Queues) -> None:
        with pytest.raises(CumuloError, match=r"QueueDoesNotExist|NonExistent") as caught:
            await queues.pollers(Functions(lambda event: None)).messages("none")
        assert "orders-dlq" in str(caught.value.hint)

    async def test_the_queues_metrics(self, queues: Queues) -> None:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
        journal: list[Entry] = []
        queues.send("a", "b")
        pollers = queues.pollers(Functions(lambda event: None), journal)
        await pollers.drain("orders")
        queues.sqs.send_message(QueueUrl=queues.dead, MessageBody="dead")
        await pollers.record_metrics()
        values = {
            (entry.subject, entry.data["name"]): entry.data["value"] for entry in journal if entry.kind == "metric"
        }
        assert values["orders", "NumberOfMessagesReceived"] == 2
        assert values["orders", "NumberOfMessagesDeleted"] == 2
        assert values["orders", "ApproximateNumberOfMessagesVisible"] == 0
        assert values["orders-dlq", "ApproximateNumberOfMessagesVisible"] == 1


class TestWhenTheClockIsMoved:
    async def test_a_message_in_flight_becomes_visible_when_its_timeout_is_over(
        self, queues: Queues, clock: Clock
    ) -> None:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""
        queues.send("a")
        received = queues.sqs.receive_message(QueueUrl=queues.url, VisibilityTimeout=600)
        assert len(received["Messages"]) == 1
        await clock.advance(590)
        assert queues.left() == (0, 1)
        await clock.advance(11)
        assert queues.left() == (1, 0)

    async def test_a_message_that_fails_comes_back_at_its_times_on_the_way_and_ends_in_the_dead_letter_queue(
        self, emulator: Emulator, account: str, clock: Clock
    ) -> None:
        queues = queues_of(emulator, account, receives=3, timeout=300)
        begun = clock.now()
        tries: list[float] = []

        def fail(event: Event) -> None:
            tries.append(clock.now() - begun)
            raise ZeroDivisionError

        journal: list[Entry] = []
        async with running(queues.pollers(Functions(fail), journal, clock, timeout=300)):
            queues.send("a")
            await until(lambda: any(entry.kind == "message" for entry in journal))
            await clock.advance(3600)
        assert tries == [pytest.approx(at, abs=10) for at in (0, 300, 600)]
        assert queues.left() == (0, 0)
        assert queues.left(queues.dead) == (1, 0)
        times = [entry.time for entry in journal]
        assert times == sorted(times)
        depth = [
            (entry.time - begun, entry.data["value"])
            for entry in journal
            if (entry.subject, entry.data.get("name")) == ("orders-dlq", "ApproximateNumberOfMessagesVisible")
        ]
        assert len(depth) == 60  # a value for each minute
        assert {value for at, value in depth if at < 890} == {0}
        assert {value for at, value in depth if at > 1000} == {1}

    async def test_a_message_with_a_delay_comes_on_the_way(self, queues: Queues, clock: Clock) -> None:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html"""
        begun = clock.now()
        taken: list[float] = []
        functions = Functions(lambda event: taken.append(clock.now() - begun))
        async with running(queues.pollers(functions, [], clock)):
            queues.send("a", DelaySeconds=600)
            await clock.advance(86_400)
        assert taken == [pytest.approx(605, abs=10)]

    async def test_queues_in_which_nothing_happens_are_measured_for_a_while_only(
        self, queues: Queues, clock: Clock
    ) -> None:
        """CloudWatch measures active queues.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
        """
        journal: list[Entry] = []
        async with running(queues.pollers(Functions(lambda event: None), journal, clock)):
            await clock.advance(30 * 86_400)
        measured = {entry.time for entry in journal if entry.kind == "metric"}
        assert 15 <= len(measured) <= 60

    async def test_a_long_poll_ends_when_its_time_is_over_although_the_clock_goes_back(
        self, queues: Queues, clock: Clock
    ) -> None:
        await clock.advance(30 * 86_400)
        queues.sqs.set_queue_attributes(QueueUrl=queues.dead, Attributes={"ReceiveMessageWaitTimeSeconds": "2"})
        polls = [
            asyncio.create_task(asyncio.to_thread(queues.sqs.receive_message, QueueUrl=queues.url, WaitTimeSeconds=2)),
            asyncio.create_task(asyncio.to_thread(queues.sqs.receive_message, QueueUrl=queues.dead)),
        ]
        await asyncio.sleep(0.5)
        await clock.reset()
        async with asyncio.timeout(15):
            answers = await asyncio.gather(*polls)
        assert ["Messages" in answer for answer in answers] == [False, False]

    async def test_a_long_poll_gets_a_message_as_soon_as_it_comes(self, queues: Queues) -> None:
        poll = asyncio.create_task(
            asyncio.to_thread(queues.sqs.receive_message, QueueUrl=queues.url, WaitTimeSeconds=20)
        )
        await asyncio.sleep(0.3)
        await asyncio.to_thread(queues.send, "a")
        async with asyncio.timeout(10):
            assert [message["Body"] for message in (await poll)["Messages"]] == ["a"]


async def test_the_clock_moves_past_queues_that_nobody_consumes() -> None:
    """A dead-letter queue, for instance, in a system without any consumer."""
    problems: list[str] = []
    clock = Clock(report=problems.append)
    nowhere = SqsClient("http://127.0.0.1:9", REGION, None, clock.now)
    functions, journal = Functions(lambda event: None), []
    pollers = QueuePollers(
        World("123456789012", REGION, ()),
        invoker=functions,
        recorder=journal,
        client=nowhere,
        clock=clock,
        activity=lambda: 0,
    )
    await pollers.start()
    await clock.advance(3600)
    await pollers.stop()
    assert problems == []
