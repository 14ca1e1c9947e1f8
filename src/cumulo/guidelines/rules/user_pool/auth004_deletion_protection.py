"""AUTH004: user pools are protected from deletion in production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cumulo.guidelines.edits import Path_, Plain
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System

_PUT: Mapping[Path_, Plain] = {("Properties", "DeletionProtection"): "ACTIVE"}


class UserPoolsAreProtected(TemplateRule):
    """A production user pool cannot be deleted by mistake; one right branch of a condition is enough."""

    id = "AUTH004"
    title = "user pools are protected from deletion"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = "AWS::Cognito::UserPool"
    why = "users outlive a mistake"
    fix = "DeletionProtection: ACTIVE"
    fix_cdk = "deletion_protection=True"
    documentation = (
        "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield pools that go with their stack, and every user with them."""
        for pool in system.of_type(self.subject):
            stated = pool.get("DeletionProtection")
            if not any(value.text == "ACTIVE" or not value.known for value in stated):
                yield self.found(pool, "a mistake deletes it, and every user with it", at=stated[0], put=_PUT)
