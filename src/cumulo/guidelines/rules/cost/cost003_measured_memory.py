"""COST003: memory as it was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cumulo.guidelines.facts import FunctionFacts
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_LEAST, _MOST = 128, 10_240
_STEP = 64


class MemoryIsAsMeasured(TemplateRule):
    """A function's memory fits what its invocations used when the stage ran on this machine.

    Judged are the newest invocations since its memory was set to what it is now, when they are enough. A worker's
    memory on this machine is not quite Lambda's: it shares pages with others, and has no runtime of AWS around it.
    Hence the headroom.
    """

    id = "COST003"
    title = "memory fits what was measured"
    severity = everywhere(Severity.INFO)
    subject = FUNCTION
    why = "memory is paid for by the millisecond; less of it also means less processor, so compare durations"
    fix = "MemorySize: what is used, and a margin"
    fix_python = "memory=…  # what is used, and a margin"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"
    settings = {"invocations": 20, "low": 0.4, "high": 0.9, "headroom": 1.5}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions whose memory is far above what they use, or hardly above it."""
        for function in system.of_type(FUNCTION) if system.facts.functions else ():
            names, memories = function.get("FunctionName"), function.get("MemorySize")
            if len(names) != 1 or len(memories) != 1 or names[0].text is None:
                continue
            facts = system.facts.functions.get(names[0].text)
            if facts is None or not self._tells(facts, memories[0]):
                continue
            right = self._right(facts.max_memory)
            message = self._message(facts, right)
            if message:
                fix = f"memory={right}" if function.id in function.stack.sources else f"MemorySize: {right}"
                yield self.found(function, message, at=memories[0], fix=fix)

    def _message(self, facts: FunctionFacts, right: int) -> str:
        """Say what is wrong; nothing when the memory is right as it is."""
        used = facts.max_memory / facts.memory
        seen = f"the last {facts.invocations} invocations on this machine used {facts.max_memory} MB at most"
        if used < self.set["low"] and right < facts.memory:
            return f"it has {facts.memory} MB, and {seen}: {right} MB would do"
        if used >= self.set["high"] and right > facts.memory:
            return f"it has {facts.memory} MB, and {seen}: {right} MB would leave room"
        return ""

    def _tells(self, facts: FunctionFacts, memory: Value) -> bool:
        """Tell whether enough was measured, and with the memory that the function has now."""
        now = _LEAST if memory.absent else memory.number
        return facts.memory == now and bool(facts.invocations >= self.set["invocations"])

    def _right(self, used: int) -> int:
        """Return the memory that leaves room above what is used."""
        steps = math.ceil(used * float(self.set["headroom"]) / _STEP)
        return min(_MOST, max(_LEAST, steps * _STEP))
