"""Who acts on an alarm beside its own actions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cumulo.guidelines.relations.naming import may_be_called, possible_name, resources_by_name
from cumulo.guidelines.relations.types import ALARM
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

COMPOSITE = "AWS::CloudWatch::CompositeAlarm"

_UNKNOWN = "\0"
_NAMED_IN_A_RULE = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*\"?([^\")]+?)\"?\s*\)")


def used_alarms(system: System) -> set[Resource]:
    """Return the alarms that something else listens to.

    That is a composite alarm, a deployment that rolls back, an application's configuration, a health check, a rule
    of EventBridge for all alarms.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
    """
    alarms = (*system.of_type(ALARM), *system.of_type(COMPOSITE))
    if any(_hears_alarms(rule) for rule in system.of_type("AWS::Events::Rule")):
        return set(alarms)
    names = resources_by_name(system, ALARM, COMPOSITE)
    used: set[Resource] = set()
    for value in _uses(system):
        used |= {found for reference in value.references if (found := system.resource(reference)) is not None}
        for name in _names(value):
            found = names.get(name)
            used |= {found} if found else {alarm for alarm in alarms if may_be_called(alarm)(name)}
    return used


def _names(value: Value) -> Iterator[str]:
    """Yield the names of alarms in a value: itself, its ARN, or the names in a composite alarm's rule."""
    pattern = possible_name(value) or ""
    for text in _NAMED_IN_A_RULE.findall(pattern) or [pattern]:
        name = text.rpartition(":alarm:")[2]
        # What stands for a reference there was looked up already.
        if name and (name != _UNKNOWN or not value.references):
            yield name


def _uses(system: System) -> Iterator[Value]:
    for composite in system.of_type(COMPOSITE):
        yield from composite.get("AlarmRule")
        yield from composite.get("ActionsSuppressor")
    for group in system.of_type("AWS::CodeDeploy::DeploymentGroup"):
        for alarm in group.listed("AlarmConfiguration", "Alarms"):
            yield from alarm.get("Name")
    for environment in system.of_type("AWS::AppConfig::Environment"):
        for monitor in environment.listed("Monitors"):
            yield from monitor.get("AlarmArn")
    for service in system.of_type("AWS::ECS::Service"):
        yield from service.listed("DeploymentConfiguration", "Alarms", "AlarmNames")
    for check in system.of_type("AWS::Route53::HealthCheck"):
        yield from check.get("HealthCheckConfig", "AlarmIdentifier", "Name")


def _hears_alarms(rule: Resource) -> bool:
    sources = rule.listed("EventPattern", "source")
    return any(source.text == "aws.cloudwatch" for source in sources)
