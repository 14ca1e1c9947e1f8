"""OBS003: somebody hears before a limit is reached."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.alarms import DATABASE_CLUSTER, watchable, watched
from cumulo.guidelines.relations.consuming import consumptions
from cumulo.guidelines.relations.databases import INSTANCE
from cumulo.guidelines.relations.dead_letters import dead_letter_queues
from cumulo.guidelines.relations.types import FUNCTION, QUEUE
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.wording import together

_BACKLOG = ("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible")
_LOAD = ("CPUUtilization", "ACUUtilization", "DBLoad", "DBLoadCPU")


class LimitsAreWatched(TemplateRule):
    """Alarms watch throttled functions, queues that fill up and databases at work.

    Throttles are told once for each stack: one alarm over all functions is enough, as they share the account's
    concurrency.
    """

    id = "OBS003"
    title = "alarms on throttles, on the age or depth of queues, on a database's CPU"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = "AWS::Lambda::Function, AWS::SQS::Queue, AWS::RDS::*"
    why = "work is refused or waits before anything fails"
    fix = (
        "Type: AWS::CloudWatch::Alarm, Properties: {Namespace: AWS/Lambda, MetricName: Throttles, Statistic: Sum, "
        "Period: 300, EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: GreaterThanThreshold, "
        "AlarmActions: [!Ref Alerts]}"
    )
    fix_python = 'function.throttles().alarm(self, "function-throttles", above=0, notify=alerts)'
    fix_cdk = 'function.metric_throttles().create_alarm(self, "Throttles", threshold=1, evaluation_periods=1)'
    documentation = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions, queues and databases that may reach a limit unheard."""
        yield from self._throttles(system)
        yield from self._queues(system)
        yield from self._databases(system)

    def _throttles(self, system: System) -> Iterator[Finding]:
        throttles = watched(system, FUNCTION, ("Throttles",))
        unheard: dict[str, list[Resource]] = {}
        for function in watchable(system, FUNCTION):
            if not throttles.of(function):
                unheard.setdefault(function.stack.scope.stack, []).append(function)
        for functions in unheard.values():
            names = together([function.name for function in functions])
            yield self.found(functions[0], f"no alarm watches the throttles of {names}")

    def _queues(self, system: System) -> Iterator[Finding]:
        backlog = watched(system, QUEUE, _BACKLOG)
        dead = dead_letter_queues(system)
        consumers: dict[Resource, list[str]] = {}
        for use in consumptions(system):
            if use.source is not None and use.source.type == QUEUE and use.source not in dead:
                consumers.setdefault(use.source, []).append(use.function.name if use.function else "its consumer")
        for queue in watchable(system, QUEUE):
            if queue in consumers and not backlog.of(queue):
                waited = together(sorted(set(consumers[queue])))
                message = f"no alarm watches the age or the number of the messages that wait for {waited}"
                yield self.found(queue, message, fix=_backlog_fix(queue))

    def _databases(self, system: System) -> Iterator[Finding]:
        instances = watched(system, INSTANCE, _LOAD)
        clusters = watched(system, DATABASE_CLUSTER, _LOAD)
        for instance in watchable(system, INSTANCE):
            own = all(cluster.absent for cluster in instance.get("DBClusterIdentifier"))
            if own and not instances.of(instance):
                yield self._database(instance)
        members: dict[Resource, list[Resource]] = {}
        for instance in system.of_type(INSTANCE):
            for named in instance.get("DBClusterIdentifier"):
                cluster = system.target(named, DATABASE_CLUSTER)
                if cluster is not None:
                    members.setdefault(cluster, []).append(instance)
        for cluster in watchable(system, DATABASE_CLUSTER):
            if not clusters.of(cluster) and not any(instances.of(each) for each in members.get(cluster, ())):
                yield self._database(cluster)

    def _database(self, database: Resource) -> Finding:
        fix = f"an alarm on AWS/RDS CPUUtilization of !Ref {database.id}"
        if database.stack.constructs:
            fix = 'database.metric_cpu_utilization().create_alarm(self, "Cpu", threshold=80, evaluation_periods=3)'
        return self.found(database, f"no alarm watches the CPU of {database.name}", fix=fix)


def _backlog_fix(queue: Resource) -> str:
    if queue.id in queue.stack.sources:
        return 'queue.age().alarm(self, "queue-age", above=300, notify=alerts)'
    if queue.stack.constructs:
        age = "queue.metric_approximate_age_of_oldest_message()"
        return f'{age}.create_alarm(self, "Age", threshold=300, evaluation_periods=1)'
    return f"an alarm on AWS/SQS {_BACKLOG[0]} of !GetAtt {queue.id}.QueueName"
