"""SQS006: somebody hears of dead letters."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.alarms import watchable, watched
from cumulo.guidelines.relations.dead_letters import dead_letter_queues
from cumulo.guidelines.relations.types import QUEUE
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System

_DEPTH = ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")
_SENT = "NumberOfMessagesSent"


class DeadLettersAreHeard(TemplateRule):
    """An alarm watches the depth of a dead-letter queue.

    ``NumberOfMessagesSent`` is not the depth: it leaves out what SQS moves there itself, see
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html.
    """

    id = "SQS006"
    title = "an alarm on the dead-letter queue's depth"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = QUEUE
    why = "nobody looks by themselves, and dead letters expire"
    fix = (
        "Type: AWS::CloudWatch::Alarm, Properties: {Namespace: AWS/SQS, "
        "MetricName: ApproximateNumberOfMessagesVisible, "
        "Dimensions: [{Name: QueueName, Value: !GetAtt DeadLetters.QueueName}], Statistic: Maximum, Period: 300, "
        "EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: GreaterThanThreshold, AlarmActions: [!Ref Alerts]}"
    )
    fix_python = 'queue.dead().alarm(self, "dead-letters", above=0, notify=alerts)'
    fix_cdk = (
        'failed.metric_approximate_number_of_messages_visible().create_alarm(self, "Failed", '
        "threshold=1, evaluation_periods=1)"
    )
    documentation = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield dead-letter queues that fill up unheard."""
        depth = watched(system, QUEUE, _DEPTH)
        sent = watched(system, QUEUE, (_SENT,))
        dead = dead_letter_queues(system)
        for queue in watchable(system, QUEUE):
            if queue not in dead or depth.of(queue):
                continue
            names = ", ".join(source.name for source in dead[queue])
            wrong = sent.of(queue)
            if wrong:
                yield self.found(
                    queue,
                    f"{wrong[0].alarm.name} watches {_SENT}, which does not count what is moved here from {names}",
                    fix=f"MetricName: {_DEPTH[0]}",
                )
            else:
                yield self.found(queue, f"no alarm watches what fails in {names} and lands here")
