"""Questions about how resources belong together: who calls a function, who consumes a queue, what a role allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

FUNCTION = "AWS::Lambda::Function"
QUEUE = "AWS::SQS::Queue"
TABLE = "AWS::DynamoDB::Table"

_MAX_ALIASES = 5
_GROUP = "AWS::Logs::LogGroup"
_PREFIX = "/aws/lambda/"
_ASYNCHRONOUS_PRINCIPALS = {
    "s3.amazonaws.com": "S3",
    "sns.amazonaws.com": "SNS",
    "events.amazonaws.com": "EventBridge",
}


@dataclass(frozen=True, eq=False)
class Consumption:
    """A queue or stream that a function consumes.

    Parameters
    ----------
    mapping
        The ``AWS::Lambda::EventSourceMapping``.
    source
        Its event source, when it is one of the system's own resources.
    function
        Its function, likewise.
    """

    mapping: Resource
    source: Resource | None
    function: Resource | None


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement of an IAM policy, and the resource that holds it."""

    holder: Resource
    value: Value

    @property
    def allows(self) -> bool:
        """Whether it allows; nothing else grants anything."""
        return any(effect.text == "Allow" for effect in self.value.get("Effect"))

    def listed(self, key: str) -> Iterator[Value]:
        """Return the elements of ``Action``, ``Resource`` and the like."""
        for value in self.value.get(key):
            yield from value.elements()


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


def consumptions(system: System) -> Iterator[Consumption]:
    """Find what consumes what; once for each pair that conditions allow."""
    for mapping in system.of_type("AWS::Lambda::EventSourceMapping"):
        for source in mapping.get("EventSourceArn"):
            for function in mapping.get("FunctionName"):
                if source.agrees_with(function):
                    yield Consumption(mapping, _source(system, source), function_named(system, function))


def _source(system: System, value: Value) -> Resource | None:
    for reference in value.references:
        return system.resource(reference)
    return system.target(value, QUEUE) or system.target(value, TABLE)


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


def _is_asynchronous(method: Resource) -> bool:
    header = "integration.request.header.X-Amz-Invocation-Type"
    return any(not value.absent for value in method.get("Integration", "RequestParameters", header))


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
        for configuration in _elements(bucket, "NotificationConfiguration", "LambdaConfigurations"):
            yield from (("S3", value) for value in configuration.get("Function"))
    for subscription in system.of_type("AWS::SNS::Subscription"):
        if any(protocol.text == "lambda" for protocol in subscription.get("Protocol")):
            yield from (("SNS", value) for value in subscription.get("Endpoint"))
    for rule in system.of_type("AWS::Events::Rule"):
        for target in _elements(rule, "Targets"):
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


def _elements(resource: Resource, *keys: str) -> Iterator[Value]:
    for listed in resource.get(*keys):
        yield from listed.elements()


def statements(system: System) -> Iterator[Statement]:
    """Return every statement of every identity policy."""
    for holder, document in _documents(system):
        for listed in document.get("Statement"):
            for statement in listed.elements():
                yield Statement(holder, statement)


def _documents(system: System) -> Iterator[tuple[Resource, Value]]:
    for holder in system.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for policies in holder.get("Policies"):
            for policy in policies.elements():
                yield from ((holder, document) for document in policy.get("PolicyDocument"))
    kinds = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy")
    for holder in system.of_type(*kinds):
        yield from ((holder, document) for document in holder.get("PolicyDocument"))


def log_groups(system: System) -> Mapping[Resource, Resource]:
    """Return the declared log group that each function writes to."""
    implicit = _groups_by_function(system)
    found: dict[Resource, Resource | None] = {}
    for function in system.of_type(FUNCTION):
        stated = [value for value in function.get("LoggingConfig", "LogGroup") if not value.absent]
        if stated:
            found[function] = system.target(stated[0], _GROUP)
        else:
            keys: list[Resource | str] = [function, *(name.text for name in function.get("FunctionName") if name.text)]
            found[function] = next((implicit[key] for key in keys if key in implicit), None)
    return {function: group for function, group in found.items() if group is not None}


def _groups_by_function(system: System) -> Mapping[Resource | str, Resource]:
    """Return log groups by the function, or the function's name, that their own name holds."""
    groups: dict[Resource | str, Resource] = {}
    for group in system.of_type(_GROUP):
        for name in group.get("LogGroupName"):
            groups.update({found: group for each in name.references if (found := system.resource(each))})
            if name.text and name.text.startswith(_PREFIX):
                groups[name.text.removeprefix(_PREFIX)] = group
    return groups
