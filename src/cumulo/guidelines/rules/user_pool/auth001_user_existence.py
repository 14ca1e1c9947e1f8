"""AUTH001: a user pool's client does not reveal who has an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.edits import Path_, Plain
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_PUT: Mapping[Path_, Plain] = {("Properties", "PreventUserExistenceErrors"): "ENABLED"}


class UserExistenceIsNotRevealed(TemplateRule):
    """Sign-in answers alike, whether there is such a user or not.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html: the default of the
    API is ``LEGACY``. A client that machines alone use, by client credentials, has no users to reveal.
    """

    id = "AUTH001"
    title = "user existence is not revealed"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::Cognito::UserPoolClient"
    why = "account enumeration"
    fix = "PreventUserExistenceErrors: ENABLED"
    fix_cdk = "prevent_user_existence_errors=True"
    documentation = "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield clients that tell a wrong password from a wrong name."""
        for client in system.of_type(self.subject):
            if _is_for_machines(client):
                continue
            for prevented in client.get("PreventUserExistenceErrors"):
                if prevented.absent or prevented.text == "LEGACY":
                    yield self.found(client, "sign-in tells who has an account", at=prevented, put=_PUT)


def _is_for_machines(client: Resource) -> bool:
    flows = {flow.text for flow in client.listed("AllowedOAuthFlows")}
    return flows == {"client_credentials"}
