"""S3002: default encryption, and a bucket key with KMS."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import belongs_to_a_tool
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_MANAGED_BY_S3 = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}


class ObjectsAreEncrypted(TemplateRule):
    """A bucket states how it encrypts, and asks KMS for one key for many objects.

    Since January 2023 every bucket encrypts with keys of S3 (SSE-S3) unless something else is stated, so that no
    statement is worth an information:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html.
    Bucket keys serve SSE-KMS only: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """

    id = "S3002"
    title = "default encryption; bucket key with KMS"
    severity = everywhere(Severity.WARNING)
    subject = BUCKET
    why = "auditors read templates; without a bucket key every object is a request to KMS"
    fix = (
        "BucketEncryption: "
        "{ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}"
    )
    fix_cdk = "encryption=s3.BucketEncryption.S3_MANAGED"
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets that leave encryption to a default, and those that ask KMS for every object."""
        for bucket in system.of_type(BUCKET):
            for encryption in bucket.get("BucketEncryption"):
                if not encryption.absent:
                    yield from self._without_bucket_key(bucket, encryption)
                elif not belongs_to_a_tool(bucket):
                    yield self.found(
                        bucket,
                        "it does not state its encryption, and gets the default (SSE-S3)",
                        at=encryption,
                        severity=Severity.INFO,
                        put=None if encryption.given else {("Properties", "BucketEncryption"): _MANAGED_BY_S3},
                    )

    def _without_bucket_key(self, bucket: Resource, encryption: Value) -> Iterator[Finding]:
        for rule in encryption.listed("ServerSideEncryptionConfiguration"):
            algorithms = rule.get("ServerSideEncryptionByDefault", "SSEAlgorithm")
            for algorithm, key in product(algorithms, rule.get("BucketKeyEnabled")):
                off = key.absent or key.flag is False
                if algorithm.text == "aws:kms" and off and algorithm.agrees_with(key):
                    yield self.found(
                        bucket,
                        "it encrypts with KMS but has no bucket key: every object costs a request to KMS",
                        at=key,
                        fix="BucketKeyEnabled: true",
                    )
