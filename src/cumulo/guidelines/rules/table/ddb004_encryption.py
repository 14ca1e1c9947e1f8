"""DDB004: encryption is stated."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import TABLE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class EncryptionIsStated(TemplateRule):
    """A table says which key encrypts it.

    All tables are encrypted: ``SSEEnabled: false`` means a key that AWS owns, which counts as stated. ``true`` means
    a key in the account, for which KMS charges, so that nobody but the team can choose.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html
    """

    id = "DDB004"
    title = "encryption is stated"
    severity = everywhere(Severity.INFO)
    subject = TABLE
    why = "auditors read templates"
    fix = "SSESpecification: {SSEEnabled: true}"
    fix_cdk = (
        "encryption=dynamodb.TableEncryption.AWS_MANAGED; for a TableV2 dynamodb.TableEncryptionV2.aws_managed_key()"
    )
    documentation = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield tables that leave their encryption to the default."""
        for table in system.of_type(TABLE, "AWS::DynamoDB::GlobalTable"):
            for stated in table.get("SSESpecification", "SSEEnabled"):
                if stated.absent:
                    yield self.found(
                        table, "it does not state its encryption, and gets the default (a key of AWS)", at=stated
                    )
