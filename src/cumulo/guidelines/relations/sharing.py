"""Which resources other templates may refer to, given or not."""

from __future__ import annotations

from collections.abc import Iterator, Set

from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Reference, Value


@once
def shared(system: System) -> Set[Resource]:
    """Return the resources whose name, id or ARN is exported or handed to a nested stack.

    What belongs to such a resource may stand in a template that is not at hand, so that a rule cannot say that it is
    missing.
    """
    return {
        resource
        for value in _handed_on(system)
        # A text with an id in it, as the URL of an API, lets nobody add to it.
        if isinstance(value.plain, Reference) and (resource := system.resource(value.plain)) is not None
    }


def _handed_on(system: System) -> Iterator[Value]:
    for stack in system.stacks:
        outputs = Value(stack.scope.section("Outputs"), stack.scope, ("Outputs",))
        for _, output in outputs.fields():
            if any(not name.absent for name in output.get("Export", "Name")):
                yield from output.get("Value")
    for nested in system.of_type("AWS::CloudFormation::Stack"):
        for parameters in nested.get("Parameters"):
            yield from (value for _, value in parameters.fields())
