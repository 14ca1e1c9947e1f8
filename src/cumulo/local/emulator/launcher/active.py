"""The resource types that Cumulo runs itself: the emulator only knows what they are called.

The emulator's CloudFormation deploys whole templates, so that references, conditions, imports and outputs are
resolved once, by one engine. For these types it creates nothing: it answers what ``Ref`` and ``Fn::GetAtt`` give.
Ids are derived from the account, region, stack and logical id, so they are the same in each run.

What ``Ref`` and ``Fn::GetAtt`` give is on each type's page under
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

from .records import ENDPOINT

PREFIXES = (
    "AWS::Lambda::",
    "AWS::ApiGateway::",
    "AWS::ApiGatewayV2::",
    "AWS::CloudWatch::",
    "AWS::Logs::",
    "AWS::Scheduler::",
    "AWS::CodeDeploy::",
)

Described = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where a resource is declared."""

    account: str
    region: str
    stack: str
    logical_id: str

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def short_id(self, length: int = 10) -> str:
        """Return an id as API Gateway gives: lower case letters and digits."""
        number = int.from_bytes(self._digest(), "big")
        digits = []
        for _ in range(length):
            number, digit = divmod(number, 36)
            digits.append("abcdefghijklmnopqrstuvwxyz0123456789"[digit])
        return "".join(digits)

    def uuid(self) -> str:
        """Return an id as Lambda gives an event source mapping."""
        return str(uuid.UUID(bytes=self._digest()[:16], version=4))

    def name(self, limit: int = 64) -> str:
        """Return a generated name as CloudFormation makes it: ``stack-logicalId-suffix``."""
        suffix = "-" + self.short_id(12).upper()
        return f"{self.stack}-{self.logical_id}"[: limit - len(suffix)] + suffix

    def _digest(self) -> bytes:
        place = "\0".join((self.account, self.region, self.stack, self.logical_id))
        return hashlib.sha256(place.encode()).digest()


def take_over() -> None:
    """Put the handlers of this module in the place of the emulator's, for the types that Cumulo runs."""
    for type_ in [name for name in _RESOURCE_HANDLERS if name.startswith(PREFIXES)]:
        _RESOURCE_HANDLERS[type_] = _handler(type_)


def accept(types: Iterable[str]) -> list[str]:
    """Make types known that the emulator does not know; return those that nothing runs.

    A system that uses one more service than the local cloud has still runs: the resource exists by name only.
    """
    idle = []
    for type_ in sorted(set(types)):
        if type_ in _RESOURCE_HANDLERS or type_.startswith(("Custom::", "AWS::CloudFormation::")):
            continue
        _RESOURCE_HANDLERS[type_] = _handler(type_)
        if not type_.startswith(PREFIXES):
            idle.append(type_)
    return idle


def describe(type_: str, place: Place, properties: Mapping[str, Any]) -> Described:
    """Return what ``Ref`` and ``Fn::GetAtt`` give for a resource.

    Parameters
    ----------
    type_
        Its CloudFormation type.
    place
        Where it is declared.
    properties
        Its resolved properties.
    """
    return _TYPES.get(type_, _any)(place, properties)


def _handler(type_: str) -> dict[str, Any]:
    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Described:
        return describe(type_, Place(get_account_id(), get_region(), stack, logical_id), properties)

    def update(_id: str, _old: object, new: dict[str, Any], stack: str, logical_id: str) -> Described:
        return create(logical_id, new, stack)

    def delete(_id: str, _properties: object) -> None:
        """Nothing was made."""

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def _any(place: Place, properties: Mapping[str, Any]) -> Described:
    name = str(properties.get("Name") or place.name())
    return name, {"Id": name, "Name": name, "Arn": place.arn("cloudformation", f"resource/{name}")}


def _function(place: Place, properties: Mapping[str, Any]) -> Described:
    name = properties.get("FunctionName") or place.name()
    return name, {"Arn": place.arn("lambda", f"function:{name}")}


def _function_arn(place: Place, properties: Mapping[str, Any]) -> str:
    name = str(properties.get("FunctionName") or properties.get("TargetFunctionArn") or "")
    return name if name.startswith("arn:") else place.arn("lambda", f"function:{name}")


def _version(place: Place, properties: Mapping[str, Any]) -> Described:
    function = _function_arn(place, properties)
    return f"{function}:1", {"Version": "1", "FunctionArn": f"{function}:1"}


def _alias(place: Place, properties: Mapping[str, Any]) -> Described:
    arn = f"{_function_arn(place, properties)}:{properties.get('Name')}"
    return arn, {"AliasArn": arn}


def _mapping(place: Place, _properties: Mapping[str, Any]) -> Described:
    id_ = place.uuid()
    return id_, {"Id": id_, "EventSourceMappingArn": place.arn("lambda", f"event-source-mapping:{id_}")}


def _layer(place: Place, properties: Mapping[str, Any]) -> Described:
    arn = place.arn("lambda", f"layer:{properties.get('LayerName') or place.name()}:1")
    return arn, {"LayerVersionArn": arn}


def _function_url(place: Place, properties: Mapping[str, Any]) -> Described:
    arn = _function_arn(place, properties)
    url = properties.get(ENDPOINT) or f"https://{place.short_id(32)}.lambda-url.{place.region}.on.aws"
    return arn, {"FunctionArn": arn, "FunctionUrl": f"{str(url).rstrip('/')}/"}


def _api(place: Place, properties: Mapping[str, Any]) -> Described:
    id_ = place.short_id()
    scheme = "wss" if properties.get("ProtocolType") == "WEBSOCKET" else "https"
    endpoint = properties.get(ENDPOINT) or f"{scheme}://{id_}.execute-api.{place.region}.amazonaws.com"
    return id_, {"ApiId": id_, "ApiEndpoint": endpoint}


def _rest_api(place: Place, _properties: Mapping[str, Any]) -> Described:
    id_ = place.short_id()
    root = Place(place.account, place.region, place.stack, f"{place.logical_id}/").short_id()
    return id_, {"RestApiId": id_, "RootResourceId": root}


def _with_id(attribute: str) -> Callable[[Place, Mapping[str, Any]], Described]:
    """Return the description of a type whose ``Ref`` is a generated id, also given as an attribute."""

    def described(place: Place, _properties: Mapping[str, Any]) -> Described:
        id_ = place.short_id(7)
        return id_, {attribute: id_, "Id": id_}

    return described


def _named(property_: str, service: str = "", resource: str = "") -> Callable[[Place, Mapping[str, Any]], Described]:
    """Return the description of a type whose ``Ref`` is its name, with an ARN when it has one."""

    def described(place: Place, properties: Mapping[str, Any]) -> Described:
        name = str(properties.get(property_) or place.name(255))
        return name, {"Arn": place.arn(service, resource.format(name))} if service else {}

    return described


def _schedule(place: Place, properties: Mapping[str, Any]) -> Described:
    name = str(properties.get("Name") or place.name())
    return name, {"Arn": place.arn("scheduler", f"schedule/{properties.get('GroupName') or 'default'}/{name}")}


def _schedule_group(place: Place, properties: Mapping[str, Any]) -> Described:
    name = str(properties.get("Name") or place.name())
    return name, {"Arn": place.arn("scheduler", f"schedule-group/{name}"), "State": "ACTIVE"}


_TYPES: Mapping[str, Callable[[Place, Mapping[str, Any]], Described]] = {
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Version": _version,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Url": _function_url,
    "AWS::Lambda::Permission": _any,
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Stage": _named("StageName"),
    "AWS::ApiGatewayV2::Integration": _with_id("IntegrationId"),
    "AWS::ApiGatewayV2::Route": _with_id("RouteId"),
    "AWS::ApiGatewayV2::Authorizer": _with_id("AuthorizerId"),
    "AWS::ApiGatewayV2::Deployment": _with_id("DeploymentId"),
    "AWS::ApiGatewayV2::Model": _with_id("ModelId"),
    "AWS::ApiGateway::RestApi": _rest_api,
    "AWS::ApiGateway::Resource": _with_id("ResourceId"),
    "AWS::ApiGateway::Deployment": _with_id("DeploymentId"),
    "AWS::ApiGateway::Authorizer": _with_id("AuthorizerId"),
    "AWS::ApiGateway::RequestValidator": _with_id("RequestValidatorId"),
    "AWS::ApiGateway::ApiKey": _with_id("APIKeyId"),
    "AWS::ApiGateway::UsagePlan": _with_id("Id"),
    "AWS::ApiGateway::Stage": _named("StageName"),
    "AWS::ApiGateway::Model": _named("Name"),
    "AWS::CloudWatch::Alarm": _named("AlarmName", "cloudwatch", "alarm:{}"),
    "AWS::CloudWatch::CompositeAlarm": _named("AlarmName", "cloudwatch", "alarm:{}"),
    "AWS::CloudWatch::Dashboard": _named("DashboardName"),
    "AWS::Logs::LogGroup": _named("LogGroupName", "logs", "log-group:{}:*"),
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::Scheduler::ScheduleGroup": _schedule_group,
    "AWS::CodeDeploy::Application": _named("ApplicationName"),
    "AWS::CodeDeploy::DeploymentGroup": _named("DeploymentGroupName"),
}
