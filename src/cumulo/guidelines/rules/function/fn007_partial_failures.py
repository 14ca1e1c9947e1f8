"""FN007: a queue or stream source reports partial batch failures."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import QUEUE, TABLE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_REPORT = "ReportBatchItemFailures"
_SERVICES = (":sqs:", ":kinesis:", ":dynamodb:")
_SOURCES = (QUEUE, TABLE, "AWS::Kinesis::Stream")


class PartialFailuresAreReported(TemplateRule):
    """An event source mapping of a queue or stream lets the function say which messages failed."""

    id = "FN007"
    title = "a queue or stream source reports partial batch failures"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::Lambda::EventSourceMapping"
    why = "one bad message must not repeat nine good ones"
    fix = "FunctionResponseTypes: [ReportBatchItemFailures]"
    fix_cdk = "report_batch_item_failures=True"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield mappings that take a batch as a whole."""
        for mapping in system.of_type(self.subject):
            if not any(_is_batch_source(system, source) for source in mapping.get("EventSourceArn")):
                continue
            for types in mapping.get("FunctionResponseTypes"):
                if _misses_report(types) and not _takes_one(mapping, types):
                    yield self.found(mapping, "one failed message makes Lambda repeat its whole batch", at=types)


def _misses_report(types: Value) -> bool:
    elements = types.elements()
    return types.known and not any(not element.known or element.text == _REPORT for element in elements)


def _is_batch_source(system: System, source: Value) -> bool:
    for reference in source.references:
        resource = system.resource(reference)
        return resource is not None and resource.type in _SOURCES
    return any(service in (source.pattern or "") for service in _SERVICES)


def _takes_one(mapping: Resource, types: Value) -> bool:
    sizes = [size for size in mapping.get("BatchSize") if size.agrees_with(types)]
    return bool(sizes) and all(size.number == 1 for size in sizes)
