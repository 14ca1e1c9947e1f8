"""Where what failed goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.relations.types import FUNCTION, QUEUE
from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Value

_OF_A_FUNCTION = ("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping")
_PLACES: Mapping[str, Sequence[str]] = {
    QUEUE: ("RedrivePolicy", "deadLetterTargetArn"),
    FUNCTION: ("DeadLetterConfig", "TargetArn"),
    **dict.fromkeys(_OF_A_FUNCTION, ("DestinationConfig", "OnFailure", "Destination")),
    "AWS::SNS::Subscription": ("RedrivePolicy", "deadLetterTargetArn"),
    "AWS::Scheduler::Schedule": ("Target", "DeadLetterConfig", "Arn"),
}


@once
def dead_letter_queues(system: System) -> Mapping[Resource, tuple[Resource, ...]]:
    """Return the system's dead-letter queues, each with the resources whose failures it takes."""
    found: dict[Resource, tuple[Resource, ...]] = {}
    for holder, value in _failure_targets(system):
        queue = system.target(value, QUEUE)
        source = _function_of(system, holder) or holder
        if queue is not None and source not in found.get(queue, ()):
            found[queue] = (*found.get(queue, ()), source)
    return found


def _function_of(system: System, configuration: Resource) -> Resource | None:
    """Return the function whose failures a resource of its own sends on."""
    names = configuration.get("FunctionName") if configuration.type in _OF_A_FUNCTION else ()
    return next((found for name in names if (found := function_named(system, name)) is not None), None)


def _failure_targets(system: System) -> Iterator[tuple[Resource, Value]]:
    for kind, keys in _PLACES.items():
        for resource in system.of_type(kind):
            yield from ((resource, value) for value in resource.get(*keys))
    for rule in system.of_type("AWS::Events::Rule"):
        for target in rule.listed("Targets"):
            yield from ((rule, value) for value in target.get("DeadLetterConfig", "Arn"))
