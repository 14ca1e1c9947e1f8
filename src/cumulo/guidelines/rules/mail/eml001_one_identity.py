"""EML001: sending is allowed for one identity, not all."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.relations.resource_policies import condition_keys
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System

_SENDING = (
    "ses:sendbulkemail",
    "ses:sendbulktemplatedemail",
    "ses:sendemail",
    "ses:sendrawemail",
    "ses:sendtemplatedemail",
)
_EVERY_IDENTITY = ":identity/*"


class SendersAreNamed(TemplateRule):
    """A policy names the identities from which it allows to send.

    A condition on the address does it, too:
    https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html. The resource ``*`` is IAM002's to judge.
    """

    id = "EML001"
    title = "sending is allowed for one identity, not all"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::IAM::*"
    why = "a defect in one function could send in the name of everyone"
    fix = 'Resource: !Sub "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/example.com"'
    documentation = "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield statements that let somebody send as anybody."""
        for statement in statements(system):
            if not statement.allows or _names_addresses(statement):
                continue
            actions = [action.text for action in statement.listed("Action") if action.text and _sends(action.text)]
            for resource in statement.listed("Resource"):
                if actions and (resource.pattern or "").endswith(_EVERY_IDENTITY):
                    yield self.found(
                        statement.holder, f"it allows {', '.join(actions)} for every identity", at=resource
                    )


def _sends(action: str) -> bool:
    return any(fnmatchcase(sending, action.lower()) for sending in _SENDING)


def _names_addresses(statement: Statement) -> bool:
    """Tell whether a condition says who may be the sender, or is not known."""
    return any(key is None or key.lower() == "ses:fromaddress" for key in condition_keys(statement.value))
