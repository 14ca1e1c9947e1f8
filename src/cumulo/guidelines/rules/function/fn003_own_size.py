"""FN003: functions are not all given the same large size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System


class FunctionsHaveTheirOwnSize(TemplateRule):
    """The functions of one app do not all carry the same large memory, or the same long timeout.

    That is how a default looks that was raised for the neediest function and is paid for by all of them.
    """

    id = "FN003"
    title = "functions do not all carry the same large memory or long timeout"
    severity = everywhere(Severity.WARNING)
    subject = FUNCTION
    why = "the neediest function's size is paid for by every function"
    fix = "MemorySize: 512 and Timeout: 30 for all, and more for the function that needs it"
    fix_python = "memory=512, timeout=seconds(30) for all, and more for the function that needs it"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"
    settings = {"functions": 3, "memory": 1024, "timeout": 60}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield the first function of a system whose functions are all large and alike."""
        functions = list(written_functions(system))
        if len(functions) < self.set["functions"]:
            return
        memory, timeout = _shared(functions, "MemorySize"), _shared(functions, "Timeout")
        if memory is not None and memory > self.set["memory"]:
            message = f"all {len(functions)} functions have {memory:g} MB of memory"
            yield self.found(functions[0], message, at=functions[0].get("MemorySize")[0])
        if timeout is not None and timeout > self.set["timeout"]:
            message = f"all {len(functions)} functions have a timeout of {timeout:g} s"
            yield self.found(functions[0], message, at=functions[0].get("Timeout")[0])


def _shared(functions: Sequence[Resource], key: str) -> float | None:
    """Return the one number that every function has."""
    numbers = {value.number for function in functions for value in function.get(key)}
    return numbers.pop() if len(numbers) == 1 else None
