"""FN001: memory is set."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class MemoryIsSet(TemplateRule):
    """A function states its memory, between 128 and 10240 MB."""

    id = "FN001"
    title = "memory is set"
    severity = everywhere(Severity.WARNING)
    subject = FUNCTION
    why = "the default of 128 MB is rarely measured, and more is paid for"
    fix = "MemorySize: 512"
    fix_cdk = "memory_size=512"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"
    settings = {"minimum": 128, "maximum": 10240}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions without a memory, and with one out of range."""
        for function in written_functions(system):
            for memory in function.get("MemorySize"):
                number = memory.number
                if memory.absent:
                    yield self.found(function, "its memory is not set: it gets 128 MB", at=memory)
                elif number is not None and not self.set["minimum"] <= number <= self.set["maximum"]:
                    yield self.found(
                        function,
                        f"its memory is {number:g} MB: not between {self.set['minimum']} and {self.set['maximum']}",
                        at=memory,
                    )
