"""Who calls a function, and whether they wait for its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.relations.apis import HTTP, REST, body_routes
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_MAX_ALIASES = 5
_INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"
_ASYNCHRONOUS_PRINCIPALS = {
    "s3.amazonaws.com": "S3",
    "sns.amazonaws.com": "SNS",
    "events.amazonaws.com": "EventBridge",
}


def function_named(system: System, value: Value) -> Resource | None:
    """Return the function that a value names: itself, through an alias or version, or in an integration URI."""
    for _ in range(_MAX_ALIASES):
        function = system.target(value, FUNCTION)
        if function is not None:
            return function
        alias = next(
            (
                found
                for kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version")
                if (found := system.target(value, kind)) is not None
            ),
            None,
        )
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
        kinds = {_protocol(system, api) for api in integration.get("ApiId")}
        for uri in integration.get("IntegrationUri"):
            called = function_named(system, uri)
            if called is not None and kinds == {"HTTP"}:
                yield "HTTP", called
    for method in system.of_type("AWS::ApiGateway::Method"):
        for uri in method.get("Integration", "Uri"):
            called = function_named(system, uri)
            if called is not None and not _is_asynchronous(method):
                yield "REST", called
    for route in body_routes(system):
        for uri in route.value.get("x-amazon-apigateway-integration", "uri"):
            called = function_named(system, uri)
            if called is not None and route.kind in (HTTP, REST) and not _asks_asynchronously(route.value):
                yield route.kind, called


def _asks_asynchronously(operation: Value) -> bool:
    parameters = operation.get("x-amazon-apigateway-integration", "requestParameters", _INVOCATION_TYPE)
    return any(not value.absent for value in parameters)


def _is_asynchronous(method: Resource) -> bool:
    return any(not value.absent for value in method.get("Integration", "RequestParameters", _INVOCATION_TYPE))


def _protocol(system: System, api: Value) -> str | None:
    found = system.target(api, "AWS::ApiGatewayV2::Api")
    return found.get("ProtocolType")[0].text if found else None


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
        for configuration in elements(bucket, "NotificationConfiguration", "LambdaConfigurations"):
            yield from (("S3", value) for value in configuration.get("Function"))
    for subscription in system.of_type("AWS::SNS::Subscription"):
        if any(protocol.text == "lambda" for protocol in subscription.get("Protocol")):
            yield from (("SNS", value) for value in subscription.get("Endpoint"))
    for rule in system.of_type("AWS::Events::Rule"):
        for target in elements(rule, "Targets"):
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


def elements(resource: Resource, *keys: str) -> Iterator[Value]:
    """Return the elements of a property that is a list."""
    for listed in resource.get(*keys):
        yield from listed.elements()
