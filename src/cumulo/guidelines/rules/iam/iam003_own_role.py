"""IAM003: no role shared by functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.types import ROLE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


class FunctionsHaveOwnRoles(TemplateRule):
    """Each function has a role of its own."""

    id = "IAM003"
    title = "no role shared by functions"
    severity = everywhere(Severity.WARNING)
    subject = ROLE
    why = "the widest need becomes everyone's"
    fix = "declare one AWS::IAM::Role for each function"
    fix_cdk = "no role=…: each function gets one of its own"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield roles of several functions; one from outside is told at the first function that has it."""
        users: dict[Resource | str, list[tuple[Resource, Value]]] = {}
        for function in written_functions(system):
            for value in function.get("Role"):
                role = system.target(value, ROLE) or _outside(value)
                if role:
                    users.setdefault(role, []).append((function, value))
        for role, uses in users.items():
            functions = {function: None for function, value in uses if _is_shared(function, value, uses)}
            if functions:
                names = ", ".join(function.name for function in functions)
                holder = next(iter(functions)) if isinstance(role, str) else role
                yield self.found(holder, f"{len(functions)} functions share one role: {names}")


def _outside(value: Value) -> str | None:
    """Return the name of a role from outside; the account in its ARN need not be known."""
    name = (value.pattern or "").partition(":role/")[2]
    return name if name and "\0" not in name else None


def _is_shared(function: Resource, value: Value, uses: Sequence[tuple[Resource, Value]]) -> bool:
    """Tell whether another function has the role under the same conditions."""
    return any(function is not other and value.agrees_with(taken) for other, taken in uses)
