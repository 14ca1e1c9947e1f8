"""Who calls a function, and whether they wait for its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.relations.apis import HTTP, METHOD, REST, V2_API, body_routes, kind_of
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_MAX_ALIASES = 5
# A header that makes Lambda answer before the function does, where it is set at all.
_INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"
_ASYNCHRONOUS_PRINCIPALS = {
    "s3.amazonaws.com": "S3",
    "sns.amazonaws.com": "SNS",
    "events.amazonaws.com": "EventBridge",
    "logs.amazonaws.com": "CloudWatch Logs",
}


def function_named(system: System, value: Value) -> Resource | None:
    """Return the function that a value names: itself, through an alias or version, or in an integration URI."""
    for _ in range(_MAX_ALIASES):
        function = system.target(value, FUNCTION)
        if function is not None:
            return function
        alias = system.first_target((value,), "AWS::Lambda::Alias", "AWS::Lambda::Version")
        if alias is None:
            return None
        value = alias.get("FunctionName")[0]
    return None


def front_doors(system: System) -> Mapping[Resource, set[str]]:
    """Tell what kinds of API call each function and wait for it: ``"HTTP"``, ``"REST"``."""
    doors: dict[Resource, set[str]] = {}
    for kind, function in _api_calls(system):
        doors.setdefault(function, set()).add(kind)
    return doors


def _api_calls(system: System) -> Iterator[tuple[str, Resource]]:
    for integration in system.of_type("AWS::ApiGatewayV2::Integration"):
        apis = [system.target(value, V2_API) for value in integration.get("ApiId")]
        is_http = all(api is not None and kind_of(api) == HTTP for api in apis)
        for uri in integration.get("IntegrationUri"):
            called = function_named(system, uri)
            if called is not None and is_http:
                yield HTTP, called
    for method in system.of_type(METHOD):
        asked = method.get("Integration", "RequestParameters", _INVOCATION_TYPE)
        for uri in method.get("Integration", "Uri"):
            called = function_named(system, uri)
            if called is not None and all(value.absent for value in asked):
                yield REST, called
    for route in body_routes(system):
        asked = route.value.get("x-amazon-apigateway-integration", "requestParameters", _INVOCATION_TYPE)
        for uri in route.value.get("x-amazon-apigateway-integration", "uri"):
            called = function_named(system, uri)
            if called is not None and route.kind in (HTTP, REST) and all(value.absent for value in asked):
                yield route.kind, called


def asynchronous_callers(system: System) -> Mapping[Resource, set[str]]:
    """Tell which services hand events to each function without waiting for its answer."""
    callers: dict[Resource, set[str]] = {}
    for service, target in _event_targets(system):
        function = function_named(system, target)
        if function is not None:
            callers.setdefault(function, set()).add(service)
    return callers


def _event_targets(system: System) -> Iterator[tuple[str, Value]]:
    for bucket in system.of_type("AWS::S3::Bucket"):
        for configuration in bucket.listed("NotificationConfiguration", "LambdaConfigurations"):
            yield from (("S3", value) for value in configuration.get("Function"))
    for subscription in system.of_type("AWS::SNS::Subscription"):
        if any(protocol.text == "lambda" for protocol in subscription.get("Protocol")):
            yield from (("SNS", value) for value in subscription.get("Endpoint"))
    for rule in system.of_type("AWS::Events::Rule"):
        for target in rule.listed("Targets"):
            yield from (("EventBridge", value) for value in target.get("Arn"))
    for schedule in system.of_type("AWS::Scheduler::Schedule"):
        yield from (("a schedule", value) for value in schedule.get("Target", "Arn"))
    yield from _permitted(system)


def _permitted(system: System) -> Iterator[tuple[str, Value]]:
    for permission in system.of_type("AWS::Lambda::Permission"):
        for principal in permission.get("Principal"):
            service = _ASYNCHRONOUS_PRINCIPALS.get(principal.text or "")
            if service:
                yield from ((service, value) for value in permission.get("FunctionName"))
