"""IAM001: no wildcard for all actions of a service."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.examples import ACTIONS, service_of
from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.relations.types import ROLE
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
    fix = "Action: the actions that are called, one by one, as [dynamodb:GetItem, dynamodb:PutItem]"
    fix_sam = "Policies: [DynamoDBReadPolicy: {TableName: !Ref Table}], or the actions one by one"
    fix_cdk = 'actions=["dynamodb:GetItem"], or a grant: table.grant_read_data(function)'
    documentation = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield policies that allow whatever there is."""
        for statement in statements(system):
            if statement.allows and not statement.is_fixed:
                yield from self._statement(statement)
        for role in system.of_type(ROLE):
            for arn in role.listed("ManagedPolicyArns"):
                name = (arn.pattern or "").rpartition("/")[2]
                if ":aws:policy/" in (arn.pattern or "") and name.endswith(_MANAGED):
                    message = f"the managed policy {name} allows whole services"
                    yield self.found(role, message, at=arn, fix="a policy of its own, with the actions it needs")

    def _statement(self, statement: Statement) -> Iterator[Finding]:
        for action in statement.listed("Action"):
            if action.text == "*" or (action.text or "").endswith(":*"):
                instead = ACTIONS.get(service_of(action.text or ""))
                fix = f"Action: [{instead}]" if instead and not statement.holder.stack.constructs else None
                yield self.found(statement.holder, f"it allows {action.text}", at=action, fix=fix)
        for action in statement.value.get("NotAction"):
            if action.known and not action.absent:
                yield self.found(statement.holder, "it allows everything save a list (NotAction)", at=action)
