"""SQS002: a message stays hidden for as long as its consumer may work on it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.consuming import Consumption, consumptions, pipe_calls
from cumulo.guidelines.relations.types import FUNCTION, QUEUE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_DEFAULT_VISIBILITY = 30
_DEFAULT_TIMEOUT = 3


class MessagesStayHidden(TemplateRule):
    """A queue's visibility timeout is above its consumer's timeout, with room for retries.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for six times the timeout, for
    what a pipe calls likewise: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html.
    """

    id = "SQS002"
    title = "visibility timeout is at least the consumer's timeout, better 6 times it"
    severity = everywhere(Severity.ERROR)
    subject = QUEUE
    why = "messages are worked twice"
    fix = "VisibilityTimeout: 180"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"
    settings = {"factor": 6}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield queues that hand a message out again while a function works on it."""
        uses = [use for use in (*consumptions(system), *pipe_calls(system)) if use.source and use.source.type == QUEUE]
        longest: dict[Resource | None, float] = {}
        for use in uses:
            for timeout in use.function.get("Timeout") if use.function else ():
                longest[use.source] = max(longest.get(use.source, _DEFAULT_TIMEOUT), timeout.number or 0)
        for use in uses:
            yield from self._judge(use, longest.get(use.source, _DEFAULT_TIMEOUT))

    def _judge(self, use: Consumption, longest: float) -> Iterator[Finding]:
        queue, function = use.source, use.function
        if queue is None or function is None or function.type != FUNCTION:
            return
        for visibility, timeout in product(queue.get("VisibilityTimeout"), function.get("Timeout")):
            hidden = _DEFAULT_VISIBILITY if visibility.absent else visibility.number
            works = _DEFAULT_TIMEOUT if timeout.absent else timeout.number
            if hidden is None or works is None or not visibility.agrees_with(timeout):
                continue
            wanted = works * self.set["factor"]
            if hidden >= wanted:
                continue
            yield self.found(
                queue,
                f"a message is hidden for {hidden:g} s, but {function.name} may work on it for {works:g} s:"
                f" AWS asks for {self.set['factor']} times that",
                at=visibility,
                fix=f"VisibilityTimeout: {wanted:g}",
                severity=Severity.ERROR if hidden < works else Severity.WARNING,
                put={("Properties", "VisibilityTimeout"): int(longest * self.set["factor"])},
            )
