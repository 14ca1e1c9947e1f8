"""SQS001: a consumed queue has a dead-letter queue."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.consuming import consumptions, piped
from cumulo.guidelines.relations.dead_letters import dead_letter_queues
from cumulo.guidelines.relations.types import QUEUE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


class PoisonMessagesLeave(TemplateRule):
    """A queue that a function or a pipe consumes hands messages that keep failing to a dead-letter queue."""

    id = "SQS001"
    title = "a consumed queue has a dead-letter queue, and tries 3 to 10 times"
    severity = everywhere(Severity.ERROR)
    subject = QUEUE
    why = "poison messages block or vanish"
    fix = "RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn, maxReceiveCount: 5}"
    fix_cdk = "dead_letter_queue=sqs.DeadLetterQueue(queue=failed, max_receive_count=5)"
    documentation = (
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"
    )
    settings = {"least": 3, "most": 10}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield queues whose failing messages go nowhere, or too soon, or too late."""
        consumed = dict.fromkeys((*(use.source for use in consumptions(system)), *piped(system)))
        dead_letters = dead_letter_queues(system)
        for queue in consumed:
            if queue is None or queue.type != QUEUE or queue in dead_letters:
                continue
            for policy in queue.get("RedrivePolicy"):
                yield from self._judge(queue, policy)

    def _judge(self, queue: Resource, policy: Value) -> Iterator[Finding]:
        for target in policy.get("deadLetterTargetArn"):
            if target.absent:
                yield self.found(queue, "it is consumed, but has no dead-letter queue", at=policy)
                return
        for count in policy.get("maxReceiveCount"):
            number = count.number
            if number is not None and not self.set["least"] <= number <= self.set["most"]:
                yield self.found(
                    queue,
                    f"maxReceiveCount is {number:g}: not between {self.set['least']} and {self.set['most']}",
                    at=count,
                    fix="maxReceiveCount: 5",
                    put={("Properties", "RedrivePolicy", "maxReceiveCount"): self._nearest(number)},
                )

    def _nearest(self, number: float) -> int:
        return int(self.set["least"] if number < self.set["least"] else self.set["most"])
