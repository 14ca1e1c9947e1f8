"""Queue: an SQS queue with a dead-letter queue, and functions that consume it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import awslambda, sqs

from cumulo.constructs.function import Function
from cumulo.constructs.metric import Metric
from cumulo.model.checks import check_duration, check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import physical, variable
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import days, hours, seconds

LONGEST_RETENTION = days(14)
LONGEST_VISIBILITY = hours(12)
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_FACTOR = 6
CONSUMING = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
)


class Queue(Construct):
    """An SQS queue, encrypted, with long polling and a dead-letter queue.

    Parameters
    ----------
    scope, id
        The stack and the queue's name in it.
    tries
        How often a message is tried before it goes to the dead-letter queue; ``None`` for no dead-letter queue.
    visibility
        How long a received message is hidden from others; by default 6 times the consumer's timeout.
    retention
        How long messages are kept, at most 14 days. The dead-letter queue keeps them 14 days.

    Notes
    -----
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> stack = Stack(App("items", Stage("dev")), "work")
    >>> queue = Queue(stack, "orders")
    >>> worker = Function(stack, "take-order", handler="functions.orders.take", timeout=seconds(10))
    >>> queue.consume(worker, batch_size=5)
    >>> queue.queue.VisibilityTimeout
    60
    """

    kind: ClassVar[str] = "queue"
    name_limit: ClassVar[int] = 80

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        tries: int | None = 5,
        visibility: timedelta | None = None,
        retention: timedelta = days(4),  # noqa: B008
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_duration(self.where, "retention", retention, unit="days")
        if visibility is not None:
            check_duration(self.where, "visibility", visibility)
        if not seconds(60) <= retention <= LONGEST_RETENTION:
            raise self.error("messages can be kept 60 seconds to 14 days", hint="use retention=days(4)")
        if visibility is not None and not seconds(0) <= visibility <= LONGEST_VISIBILITY:
            raise self.error("a visibility timeout is 0 seconds to 12 hours")
        if tries is not None and not 1 <= tries <= 1000:
            raise self.error(f"{tries} tries are not possible", hint="use 1 to 1000; 3 to 10 are usual")
        self._visibility = visibility
        self.queue = self.add(
            sqs.Queue(
                self.logical_id(),
                QueueName=self.name,
                MessageRetentionPeriod=round(retention.total_seconds()),
                ReceiveMessageWaitTimeSeconds=20,
                SqsManagedSseEnabled=True,
                VisibilityTimeout=round((visibility or seconds(30)).total_seconds()),
            )
        )
        self.dead_letters = self._add_dead_letters(tries) if tries is not None else None

    @property
    def arn(self) -> Reference:
        """The queue's ARN."""
        return self.reference("Arn")

    @property
    def url(self) -> Reference:
        """The queue's URL."""
        return self.reference()

    def send(self) -> Link:
        """Return a link that may send messages."""
        return Link((Grant(("sqs:SendMessage",), (self.arn,)),), {variable(self.id, "queue", "url"): self.url})

    def link(self) -> Link:
        """Return :meth:`send`."""
        return self.send()

    def consume(
        self,
        function: Function,
        *,
        batch_size: int = 10,
        window: timedelta = seconds(0),  # noqa: B008
        concurrency: int | None = None,
    ) -> None:
        """Let a function work on the messages; it reports the ones that failed, so that the others are done.

        Parameters
        ----------
        function
            The function, of any stack.
        batch_size
            Most messages in one event, 1 to 10000; above 10 a window is needed.
        window
            How long to wait for a batch to fill, at most 5 minutes.
        concurrency
            Most batches at once, 2 to 1000.

        Raises
        ------
        CumuloError
            When the visibility timeout is shorter than the function's timeout, or a number is out of range.

        Notes
        -----
        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        self._check_consumer(function, batch_size, window, concurrency)
        if self._visibility is None:
            wanted = min(function.timeout * VISIBILITY_FACTOR, LONGEST_VISIBILITY)
            self.queue.VisibilityTimeout = max(self.queue.VisibilityTimeout, round(wanted.total_seconds()))
        function.link_to(Link((Grant(CONSUMING, (self.arn,)),)))
        mapping = awslambda.EventSourceMapping(
            function.logical_id("from", self.id),
            EventSourceArn=function.value(self.arn),
            FunctionName=function.value(function.arn),
            BatchSize=batch_size,
            MaximumBatchingWindowInSeconds=round(window.total_seconds()),
            FunctionResponseTypes=["ReportBatchItemFailures"],
            # The mapping reads the queue with the function's role as soon as it exists.
            DependsOn=[function.role.title],
        )
        if concurrency:
            # Set past troposphere's own check, which takes another property of this name for it.
            mapping.properties["ScalingConfig"] = {"MaximumConcurrency": concurrency}
        function.add(mapping)

    def depth(self) -> Metric:
        """Return how many messages wait."""
        return self._metric("ApproximateNumberOfMessagesVisible")

    def age(self) -> Metric:
        """Return how old the oldest message is, in seconds."""
        return self._metric("ApproximateAgeOfOldestMessage", "s")

    def dead(self) -> Metric:
        """Return how many messages wait in the dead-letter queue."""
        if self.dead_letters is None:
            raise self.error("there is no dead-letter queue", hint="declare it with tries=5")
        name = self.reference("QueueName", to=self.dead_letters)
        return Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": name}, "Maximum")

    def _add_dead_letters(self, tries: int) -> sqs.Queue:
        dead_letters = self.add(
            sqs.Queue(
                self.logical_id("dead-letters"),
                QueueName=physical(
                    self.stack.app.name, self.stage.name, self.id, "dead-letters", limit=self.name_limit
                ),
                MessageRetentionPeriod=round(LONGEST_RETENTION.total_seconds()),
                SqsManagedSseEnabled=True,
            )
        )
        self.queue.RedrivePolicy = sqs.RedrivePolicy(
            deadLetterTargetArn=self.value(self.reference("Arn", to=dead_letters)), maxReceiveCount=tries
        )
        return dead_letters

    def _check_consumer(self, function: Function, batch_size: int, window: timedelta, concurrency: int | None) -> None:
        check_type(self.where, "the consumer", function, Function, "a Function", "pass the Function that consumes it")
        check_duration(self.where, "window", window)
        if self._visibility is not None and self._visibility < function.timeout:
            raise self.error(
                f"the visibility timeout of {self._visibility.total_seconds():g} s is shorter than the "
                f"{function.timeout.total_seconds():g} s that {function.id!r} may take",
                hint="leave visibility out: it becomes 6 times the function's timeout",
            )
        if not 1 <= batch_size <= 10000 or (batch_size > 10 and window < seconds(1)):
            raise self.error(
                f"a batch of {batch_size} messages is not possible so",
                hint="use 1 to 10, or up to 10000 with window=seconds(1) or more",
            )
        if not seconds(0) <= window <= seconds(300):
            raise self.error("a batching window is 0 to 300 seconds")
        if concurrency is not None and not 2 <= concurrency <= 1000:
            raise self.error("a maximum concurrency is 2 to 1000")

    def _metric(self, name: str, unit: str = "count") -> Metric:
        return Metric("AWS/SQS", name, {"QueueName": self.reference("QueueName")}, "Maximum", unit)
