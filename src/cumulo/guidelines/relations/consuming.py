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
        The ``AWS::Lambda::EventSourceMapping``, or the ``AWS::Pipes::Pipe``.
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


def piped(system: System) -> Iterator[Resource | None]:
    """Return what pipes consume; ``None`` for what is none of the system's own resources.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
    """
    for pipe in system.of_type("AWS::Pipes::Pipe"):
        yield from (_source(system, source) for source in pipe.get("Source"))


def pipe_calls(system: System) -> Iterator[Consumption]:
    """Find the functions that a pipe waits for while it holds messages of its source.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
    """
    for pipe in system.of_type("AWS::Pipes::Pipe"):
        kinds = pipe.get("TargetParameters", "LambdaFunctionParameters", "InvocationType")
        waits = all(kind.absent or kind.text == "REQUEST_RESPONSE" for kind in kinds)
        for source in pipe.get("Source"):
            for called in (*pipe.get("Enrichment"), *(pipe.get("Target") if waits else ())):
                if source.agrees_with(called):
                    yield Consumption(pipe, _source(system, source), function_named(system, called))


def _source(system: System, value: Value) -> Resource | None:
    for reference in value.references:
        return system.resource(reference)
    return system.first_target((value,), QUEUE, TABLE)
