"""SQS004: a dead-letter queue keeps at least as long as its source."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.dead_letters import dead_letter_queues
from cumulo.guidelines.relations.types import QUEUE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_HOUR = 3600
_DAY = 24 * _HOUR
_DEFAULT = 4 * _DAY
_LONGEST = 14 * _DAY


class DeadLettersStay(TemplateRule):
    """A dead-letter queue keeps messages at least as long as the queues that they come from.

    A message of a standard queue keeps its age when it moves, so that a shorter retention may end at once. In a FIFO
    queue its age begins anew: nothing to compare there.
    """

    id = "SQS004"
    title = "the dead-letter queue keeps at least as long as its source"
    severity = everywhere(Severity.WARNING)
    subject = QUEUE
    why = "messages expire before anyone looks"
    fix = f"MessageRetentionPeriod: {_LONGEST}"
    documentation = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield dead-letter queues that forget before their sources do, once for each value."""
        for dead_letters, sources in dead_letter_queues(system).items():
            if any(fifo.flag for fifo in dead_letters.get("FifoQueue")):
                continue
            for kept in dead_letters.get("MessageRetentionPeriod"):
                yield from self._judge(dead_letters, kept, [source for source in sources if source.type == QUEUE])

    def _judge(self, dead_letters: Resource, kept: Value, sources: list[Resource]) -> Iterator[Finding]:
        seconds = _seconds(kept)
        longer = [
            (source, wanted)
            for source in sources
            for value in source.get("MessageRetentionPeriod")
            if value.agrees_with(kept) and (wanted := _seconds(value)) is not None
            if seconds is not None and seconds < wanted
        ]
        for source, wanted in longer[:1]:
            yield self.found(
                dead_letters,
                f"it keeps messages for {_spell(seconds or 0)}, but {source.name} keeps them for {_spell(wanted)}",
                at=kept,
                put={("Properties", "MessageRetentionPeriod"): _LONGEST} if kept.absent and not kept.given else None,
            )


def _seconds(value: Value) -> float | None:
    return _DEFAULT if value.absent else value.number


def _spell(seconds: float) -> str:
    for unit, length in (("day", _DAY), ("hour", _HOUR)):
        if seconds >= length:
            count = f"{seconds / length:.3g}"
            return f"{count} {unit}{'' if count == '1' else 's'}"
    return f"{seconds:g} s"
