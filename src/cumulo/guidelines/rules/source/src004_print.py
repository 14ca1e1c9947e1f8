"""SRC004: no print."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import SourceRule, everywhere
from cumulo.guidelines.source.code import Code

_PRINTS = ("print", "builtins.print", "pprint.pprint")


class LogsAreStructured(SourceRule):
    """Functions log with a structured logger."""

    id = "SRC004"
    title = "no print: a structured logger"
    severity = everywhere(Severity.WARNING)
    subject = "Python"
    why = "logs that can be searched"
    fix = 'logger.info("created", item_id=item_id)'
    documentation = "https://docs.powertools.aws.dev/lambda/python/latest/core/logger/"

    def check(self, code: Code) -> Iterator[Finding]:
        """Yield prints, also those that run when a module is imported."""
        for function, call in code.calls:
            if code.origin(function, call.func) in _PRINTS:
                yield self.found(function.spot(call), "it prints")
        for function, call in code.calls_at_import:
            if code.origin(function, call.func) in _PRINTS:
                yield self.found(function.spot(call), "it prints when it is imported")
