"""IAM001: no wildcard for all actions of a service."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System

_MANAGED = ("AdministratorAccess", "PowerUserAccess", "FullAccess")


class ActionsAreNamed(TemplateRule):
    """A policy names the actions it allows."""

    id = "IAM001"
    title = "no * or service:* action"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::IAM::*"
    why = "least privilege"
    fix = "Action: [dynamodb:GetItem, dynamodb:PutItem]"
    documentation = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield policies that allow whatever there is."""
        for statement in statements(system):
            if statement.allows and not statement.is_fixed:
                yield from self._statement(statement)
        for role in system.of_type("AWS::IAM::Role"):
            for arns in role.get("ManagedPolicyArns"):
                for arn in arns.elements():
                    name = (arn.pattern or "").rpartition("/")[2]
                    if ":aws:policy/" in (arn.pattern or "") and name.endswith(_MANAGED):
                        yield self.found(role, f"the managed policy {name} allows whole services", at=arn)

    def _statement(self, statement: Statement) -> Iterator[Finding]:
        for action in statement.listed("Action"):
            if action.text == "*" or (action.text or "").endswith(":*"):
                yield self.found(statement.holder, f"it allows {action.text}", at=action)
        for action in statement.value.get("NotAction"):
            if action.known and not action.absent:
                yield self.found(statement.holder, "it allows everything save a list (NotAction)", at=action)
