"""S3001: all four public access blocks."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import (
    Policies,
    belongs_to_a_tool,
    bucket_policies,
    is_for_everyone,
    is_website,
)
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value
from cumulo.guidelines.wording import together

_FRONT = "serve it by AWS::CloudFront::Distribution with an AWS::CloudFront::OriginAccessControl"
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


class PublicAccessIsBlocked(TemplateRule):
    """A bucket has all four public access blocks.

    A bucket made since April 2023 has them without a word, an older one has none, and nobody sees in a template when
    its bucket was made: no statement is a warning. A block that a statement leaves out is off: an error.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """

    id = "S3001"
    title = "all four public access blocks"
    severity = everywhere(Severity.ERROR)
    subject = BUCKET
    why = "leaks"
    fix = f"PublicAccessBlockConfiguration: {{{', '.join(f'{name}: true' for name in _BLOCKS)}}}"
    fix_cdk = "block_public_access=s3.BlockPublicAccess.BLOCK_ALL"
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets that may be made public."""
        policies = bucket_policies(system)
        for bucket in system.of_type(BUCKET):
            for block in bucket.get("PublicAccessBlockConfiguration"):
                if block.absent:
                    yield from self._unstated(bucket, block, policies)
                else:
                    yield from self._partial(bucket, block, policies)

    def _unstated(self, bucket: Resource, block: Value, policies: Policies) -> Iterator[Finding]:
        if belongs_to_a_tool(bucket):
            return
        mechanical = not block.given and not _is_meant_public(bucket, policies)
        yield self.found(
            bucket,
            "it does not state its public access blocks: if it was made before April 2023, it has none",
            at=block,
            severity=Severity.WARNING,
            put={("Properties", "PublicAccessBlockConfiguration"): dict.fromkeys(_BLOCKS, True)}
            if mechanical
            else None,
        )

    def _partial(self, bucket: Resource, block: Value, policies: Policies) -> Iterator[Finding]:
        off = [name for name in _BLOCKS if any(value.absent or value.flag is False for value in block.get(name))]
        if off:
            message = f"{together(off, most=len(_BLOCKS))} {'is' if len(off) == 1 else 'are'} off"
            fix = f"{_FRONT}, then {self.fix}" if _is_meant_public(bucket, policies) else None
            yield self.found(bucket, message, at=block, fix=fix)


def _is_meant_public(bucket: Resource, policies: Policies) -> bool:
    public_acl = any((value.text or "").startswith("PublicRead") for value in bucket.get("AccessControl"))
    opened = any(
        is_for_everyone(statement) and any(effect.text == "Allow" for effect in statement.get("Effect"))
        for statement in policies.of(bucket)
    )
    return public_acl or opened or is_website(bucket)
