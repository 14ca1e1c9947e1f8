"""SQS003: long polling."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.consuming import consumptions, piped
from cumulo.guidelines.relations.dead_letters import dead_letter_queues
from cumulo.guidelines.relations.sharing import shared
from cumulo.guidelines.relations.types import QUEUE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class ReceiversWait(TemplateRule):
    """A queue that somebody polls lets a receiver wait for a message.

    Not asked of queues that functions or pipes consume, as these poll long by themselves
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html), nor of dead-letter queues, which nobody
    polls, and of exported ones, whose consumers stand in other templates.
    """

    id = "SQS003"
    title = "long polling, 20 s"
    severity = everywhere(Severity.INFO)
    subject = QUEUE
    why = "empty receives cost"
    fix = "ReceiveMessageWaitTimeSeconds: 20"
    documentation = (
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"
    )
    settings = {"least": 20}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield queues that answer "nothing there" at once, or soon."""
        consumed = {*(use.source for use in consumptions(system)), *piped(system)}
        if None in consumed:
            return
        exempt = consumed | set(dead_letter_queues(system)) | shared(system)
        for queue in system.of_type(QUEUE):
            if queue in exempt:
                continue
            for wait in queue.get("ReceiveMessageWaitTimeSeconds"):
                seconds = 0 if wait.absent else wait.number
                if seconds is not None and seconds < self.set["least"]:
                    yield self.found(
                        queue,
                        f"a receive waits {seconds:g} s for a message: those that come back empty are paid, too",
                        at=wait,
                        fix=f"ReceiveMessageWaitTimeSeconds: {self.set['least']}",
                        put=(
                            {("Properties", "ReceiveMessageWaitTimeSeconds"): self.set["least"]}
                            if wait.absent and not wait.given
                            else None
                        ),
                    )
