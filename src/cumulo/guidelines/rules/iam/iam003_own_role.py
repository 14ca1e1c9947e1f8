"""IAM003: no role shared by functions."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_ROLE = "AWS::IAM::Role"


class FunctionsHaveOwnRoles(TemplateRule):
    """Each function has a role of its own."""

    id = "IAM003"
    title = "no role shared by functions"
    severity = everywhere(Severity.WARNING)
    subject = _ROLE
    why = "the widest need becomes everyone's"
    fix = "declare one AWS::IAM::Role for each function"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield roles of several functions; one from outside is told at the first function that has it."""
        users: dict[Resource | str, list[Resource]] = {}
        for function in system.of_type(FUNCTION):
            roles = {system.target(role, _ROLE) or role.pattern for role in function.get("Role")}
            for role in roles:
                if role and not (isinstance(role, str) and "\0" in role):
                    users.setdefault(role, []).append(function)
        for role, functions in users.items():
            if len(functions) < 2:
                continue
            names = ", ".join(function.id for function in functions)
            holder = functions[0] if isinstance(role, str) else role
            yield self.found(holder, f"{len(functions)} functions share one role: {names}")
