"""FN002: the timeout is set and its callers wait that long."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.calling import front_doors
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_DOORS = {"HTTP": "an HTTP API", "REST": "a REST API"}


class TimeoutFitsItsCallers(TemplateRule):
    """A function states its timeout, and no API in front of it gives up before."""

    id = "FN002"
    title = "timeout is set, and not above the front door's limit"
    severity = everywhere(Severity.ERROR)
    subject = FUNCTION
    why = "a caller gives up before the function does"
    fix = "Timeout: 29"
    fix_cdk = "timeout=Duration.seconds(29)"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
    settings = {"maximum": 900, "http": 30, "rest": 29}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions without a timeout, and with one that nobody waits for."""
        doors = front_doors(system)
        for function in written_functions(system):
            limits = {_DOORS[door]: self.set[door.lower()] for door in sorted(doors.get(function, ()))}
            for timeout in function.get("Timeout"):
                message = self._message(timeout, {**limits, "Lambda": self.set["maximum"]})
                if message:
                    yield self.found(function, message, at=timeout)

    def _message(self, timeout: Value, limits: dict[str, int]) -> str | None:
        if timeout.absent:
            return "its timeout is not set: it gets 3 s"
        number = timeout.number
        name, limit = min(limits.items(), key=lambda item: item[1])
        if number is None or number <= limit:
            return None
        return f"its timeout is {number:g} s, but {name} gives up after {limit} s"
