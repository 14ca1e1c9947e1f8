"""What invokes a function by a target of its own: API integrations, event sources, event targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cumulo.guidelines.relations.apis import body_routes
from cumulo.guidelines.relations.types import BUCKET, FUNCTION
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Reference, Text, Value

_TARGETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AWS::ApiGatewayV2::Integration", ("IntegrationUri",)),
    ("AWS::ApiGateway::Method", ("Integration", "Uri")),
    ("AWS::Lambda::EventSourceMapping", ("FunctionName",)),
    ("AWS::SNS::Subscription", ("Endpoint",)),
    ("AWS::Scheduler::Schedule", ("Target", "Arn")),
    ("AWS::Pipes::Pipe", ("Enrichment",)),
    ("AWS::Pipes::Pipe", ("Target",)),
)
_LISTS_OF_TARGETS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (BUCKET, ("NotificationConfiguration", "LambdaConfigurations"), "Function"),
    ("AWS::Events::Rule", ("Targets",), "Arn"),
    ("AWS::SNS::Topic", ("Subscription",), "Endpoint"),
)
_INTEGRATION = "x-amazon-apigateway-integration"


@dataclass(frozen=True, eq=False)
class Invocation:
    """A place that names what is invoked.

    Parameters
    ----------
    caller
        The resource that invokes.
    target
        Every value that the place may have.
    """

    caller: Resource
    target: Sequence[Value]


def invocations(system: System) -> Iterator[Invocation]:
    """Find every place that names something to invoke; most of them name functions."""
    for kind, path in _TARGETS:
        for caller in system.of_type(kind):
            yield Invocation(caller, caller.get(*path))
    for kind, path, key in _LISTS_OF_TARGETS:
        for caller in system.of_type(kind):
            yield from (Invocation(caller, listed.get(key)) for listed in caller.listed(*path))
    for route in body_routes(system):
        yield Invocation(route.holder, route.value.get(_INTEGRATION, "uri"))


def latest_of(system: System, value: Value) -> Resource | None:
    """Return the function whose ``$LATEST`` a value names; ``None`` for a version, an alias, or anything unknown.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html: an ARN without a suffix is that of
    ``$LATEST``.
    """
    if not isinstance(value.plain, Text):
        return system.target(value, FUNCTION)
    following: Sequence[object] = (*value.plain.parts[1:], "")
    for part, after in zip(value.plain.parts, following, strict=True):
        function = system.resource(part) if isinstance(part, Reference) else None
        if function is not None and function.type == FUNCTION:
            return function if isinstance(after, str) and _is_unqualified(after) else None
    return None


def _is_unqualified(suffix: str) -> bool:
    return not suffix.startswith(":") or suffix.startswith(":$LATEST")
