"""S3004: objects, old versions and unfinished uploads go at some time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import (
    belongs_to_a_tool,
    bucket_policies,
    log_buckets,
    served_buckets,
    site_buckets,
)
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_EXPIRY = "{Status: Enabled, ExpirationInDays: 365}"
_OLD_EXPIRY = "{Status: Enabled, NoncurrentVersionExpiration: {NoncurrentDays: 30}}"
_ABORT = "{Status: Enabled, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}}"
_PYTHON = {
    _EXPIRY: "expire_after=days(365)",
    _OLD_EXPIRY: "keep_versions=days(30)",
    _ABORT: "abort_uploads_after=days(7)",
}
_CDK = {
    _EXPIRY: "expiration=Duration.days(365)",
    _OLD_EXPIRY: "noncurrent_version_expiration=Duration.days(30)",
    _ABORT: "abort_incomplete_multipart_upload_after=Duration.days(7)",
}
_CURRENT = ("ExpirationDate", "ExpirationInDays", "Transition", "Transitions")
_OLD = (
    "NoncurrentVersionExpiration",
    "NoncurrentVersionExpirationInDays",
    "NoncurrentVersionTransition",
    "NoncurrentVersionTransitions",
)
_UPLOADS = ("AbortIncompleteMultipartUpload",)


class StorageDoesNotOnlyGrow(TemplateRule):
    """A bucket's lifecycle removes or moves what is no longer read.

    Old versions are asked of buckets that keep some. What a web site or CloudFront serves is read as long as it is
    there, and neither builds nor AWS services leave unfinished uploads behind in sites and logs.
    """

    id = "S3004"
    title = "objects expire or move to a cheaper class, old versions expire, unfinished uploads are aborted"
    severity = everywhere(Severity.WARNING)
    subject = BUCKET
    why = "storage only grows otherwise"
    fix = f"LifecycleConfiguration: {{Rules: [{_EXPIRY}, {_OLD_EXPIRY}, {_ABORT}]}}"
    fix_python = ", ".join(_PYTHON.values())
    fix_cdk = f"lifecycle_rules=[s3.LifecycleRule({', '.join(_CDK.values())})]"
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets in which something stays for ever, once for each bucket."""
        sites, logs = site_buckets(system), log_buckets(system, bucket_policies(system))
        served = served_buckets(system)
        for bucket in system.of_type(BUCKET):
            if belongs_to_a_tool(bucket):
                continue
            missing = _missing(bucket, is_read=bucket in served, is_uploaded_to=bucket not in sites | logs)
            if missing:
                yield self.found(
                    bucket,
                    f"nothing ever {', or '.join(missing)}",
                    at=bucket.get("LifecycleConfiguration")[0],
                    fix=_fix(bucket, missing.values()),
                )


def _fix(bucket: Resource, rules: Collection[str]) -> str:
    """Return what adds the rules and no other: an expiry that nobody asked for would cost data."""
    if bucket.id in bucket.stack.sources:
        return ", ".join(_PYTHON[rule] for rule in rules)
    if bucket.stack.constructs:
        return f"lifecycle_rules=[s3.LifecycleRule({', '.join(_CDK[rule] for rule in rules)})]"
    return f"LifecycleConfiguration: {{Rules: [{', '.join(rules)}]}}"


def _missing(bucket: Resource, *, is_read: bool, is_uploaded_to: bool) -> Mapping[str, str]:
    """Return what never happens in a bucket, each with the rule that would do it."""
    rules = _rules(bucket)
    moved_by_tiering = any(not value.absent for value in bucket.get("IntelligentTieringConfigurations"))
    is_versioned = any(state.text == "Enabled" for state in bucket.get("VersioningConfiguration", "Status"))
    wanted = (
        ("expires or moves its objects", _EXPIRY, _CURRENT, not is_read and not moved_by_tiering),
        ("expires old versions", _OLD_EXPIRY, _OLD, is_versioned),
        ("aborts unfinished uploads", _ABORT, _UPLOADS, is_uploaded_to),
    )
    asked = (each[:3] for each in wanted if each[3])
    return {what: fix for what, fix, keys in asked if not any(_says(rule, keys) for rule in rules)}


def _rules(bucket: Resource) -> list[Value]:
    """Return the rules that may be in force, of all branches: one that does it is enough."""
    found = bucket.listed("LifecycleConfiguration", "Rules")
    return [rule for rule in found if not all(status.text == "Disabled" for status in rule.get("Status"))]


def _says(rule: Value, keys: tuple[str, ...]) -> bool:
    """Tell whether a rule does one of these things, or is not known."""
    return any(not value.absent for key in keys for value in rule.get(key))
