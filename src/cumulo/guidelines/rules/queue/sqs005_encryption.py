"""SQS005: encryption at rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.types import QUEUE
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class MessagesAreEncrypted(TemplateRule):
    """A queue encrypts its messages, with a key of SQS or of KMS, and says so.

    A queue made since October 2022 is encrypted with a key of SQS where its template says nothing: no statement is
    worth an information, encryption that is turned off a warning.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
    """

    id = "SQS005"
    title = "encryption at rest"
    severity = everywhere(Severity.WARNING)
    subject = QUEUE
    why = "messages carry what people entered; auditors read templates"
    fix = "SqsManagedSseEnabled: true"
    fix_cdk = "encryption=sqs.QueueEncryption.SQS_MANAGED"
    documentation = (
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield queues that are not encrypted, or leave it to a default."""
        for queue in system.of_type(QUEUE):
            for managed, key in product(queue.get("SqsManagedSseEnabled"), queue.get("KmsMasterKeyId")):
                if not (key.absent or key.text == "") or not managed.agrees_with(key):
                    continue
                if managed.flag is False:
                    yield self.found(queue, "its encryption is turned off", at=managed)
                elif managed.absent:
                    yield self.found(
                        queue,
                        "it does not state its encryption, and gets the default (SSE-SQS)",
                        at=managed,
                        severity=Severity.INFO,
                        put=None if managed.given | key.given else {("Properties", "SqsManagedSseEnabled"): True},
                    )
