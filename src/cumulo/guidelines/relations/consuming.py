"""What consumes which queue or stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.relations.types import QUEUE, TABLE
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


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
