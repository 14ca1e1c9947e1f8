"""Which resource a name may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cumulo.guidelines.system import NAMES, Resource, System
from cumulo.guidelines.template.values import Value

OWN_NAMES: Mapping[str, str] = {
    **NAMES,
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::Events::EventBus": "Name",
    "AWS::Kinesis::Stream": "Name",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""The properties that hold names of which an account has one each, by type."""

SHARED_NAMES: Mapping[str, str] = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGatewayV2::Api": "Name",
    "AWS::Cognito::UserPool": "UserPoolName",
}
"""The properties that hold names which several resources may have, by type."""

_NAMES = {**OWN_NAMES, "AWS::ApiGateway::RestApi": "Name"}
_UNKNOWN = "\0"
_FOREIGN = ("AWS::CloudFormation::", "Custom::")
# The service makes up what metrics call these: no template knows it.
_MADE_BY_THE_SERVICE = ("AWS::ApiGatewayV2::Api", "AWS::ApiGateway::RestApi")


def resources_by_name(system: System, *kinds: str) -> Mapping[str, Resource]:
    """Return the resources of some types by their physical names, as far as these are known."""
    return {
        name.text: resource
        for kind in kinds
        if kind in _NAMES
        for resource in system.of_type(kind)
        for name in resource.get(_NAMES[kind])
        if name.text
    }


def possible_name(value: Value) -> str | None:
    """Return the name in a value that refers to no resource, with a zero byte for each part that is not known.

    ``None`` where it names nothing, or a resource that is known.
    """
    if value.absent:
        return None
    if value.pattern is None:
        return None if value.references and not _is_foreign(value) else _UNKNOWN
    return value.pattern


def may_be_called(resource: Resource) -> Callable[[str], bool]:
    """Return what tells whether a resource may have a name of which parts are not known (zero bytes)."""
    key = _NAMES.get(resource.type)
    names = [name.pattern or _UNKNOWN for name in resource.get(key) if not name.absent] if key else []
    if not names:
        return lambda pattern: _could_be_made_up(pattern, resource)
    return lambda pattern: any(_could_equal(pattern, name) for name in names)


def _could_equal(pattern: str, name: str) -> bool:
    return pattern == name or _matches(pattern, name) or _matches(name, pattern)


def _could_be_made_up(pattern: str, resource: Resource) -> bool:
    """Tell whether CloudFormation may have made up that name: stack, logical id and something random at the end."""
    return pattern.endswith(_UNKNOWN) or resource.id in pattern or resource.type in _MADE_BY_THE_SERVICE


def _matches(pattern: str, text: str) -> bool:
    if _UNKNOWN not in pattern:
        return pattern == text
    wanted = ".*".join(re.escape(part) for part in pattern.split(_UNKNOWN))
    return re.fullmatch(wanted, text, re.DOTALL) is not None


def _is_foreign(value: Value) -> bool:
    """Tell whether a value comes out of a nested stack or a custom resource: it may name anything."""
    kinds = value.scope.section("Resources")
    named = (kinds.get(reference.logical_id) for reference in value.references)
    return any(isinstance(body, Mapping) and str(body.get("Type")).startswith(_FOREIGN) for body in named)
