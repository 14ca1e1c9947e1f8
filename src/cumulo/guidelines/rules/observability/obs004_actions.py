"""OBS004: an alarm reaches somebody."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.alarm_uses import COMPOSITE, used_alarms
from cumulo.guidelines.relations.types import ALARM
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System


class AlarmsReachSomebody(TemplateRule):
    """An alarm has an action, or a composite alarm, a deployment or a rule listens to it."""

    id = "OBS004"
    title = "every alarm has an action"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = "AWS::CloudWatch::Alarm, AWS::CloudWatch::CompositeAlarm"
    why = "an alarm that tells nobody is a graph"
    fix = "AlarmActions: [!Ref Alerts]"
    fix_python = "notify=alerts"
    fix_cdk = "alarm.add_alarm_action(cloudwatch_actions.SnsAction(alerts))"
    documentation = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield alarms that nobody hears."""
        used = used_alarms(system)
        for alarm in system.of_type(ALARM, COMPOSITE):
            if alarm not in used:
                yield from self._judge(alarm)

    def _judge(self, alarm: Resource) -> Iterator[Finding]:
        enabled = alarm.get("ActionsEnabled")
        if not alarm.listed("AlarmActions"):
            actions = alarm.get("AlarmActions")[0]
            yield self.found(alarm, "it has no action for the alarm: nobody hears it", at=actions)
        elif all(value.flag is False for value in enabled):
            yield self.found(
                alarm, "its actions are switched off: nobody hears it", at=enabled[0], fix="remove ActionsEnabled"
            )
