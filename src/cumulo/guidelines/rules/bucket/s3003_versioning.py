"""S3003: versioning in production."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import (
    artifact_buckets,
    belongs_to_a_tool,
    bucket_policies,
    log_buckets,
    site_buckets,
)
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System

_PARTS = ("Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
"""What restricts a lifecycle rule to some of the objects."""


class OverwrittenFilesComeBack(TemplateRule):
    """A bucket in production keeps the versions of its objects.

    Not asked of buckets whose objects nobody overwrites by mistake, or that a build makes again: logs, web sites,
    artifacts of pipelines and of deployment tools. Nor of those whose objects all expire within days anyway.
    """

    id = "S3003"
    title = "versioning"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = BUCKET
    why = "overwritten files come back"
    fix = "VersioningConfiguration: {Status: Enabled}"
    fix_python = "versioned=True"
    fix_cdk = "versioned=True"
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"
    settings = {"temporary_days": 30}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets that forget; one of two branches being right is enough: it may be production's."""
        replaceable = log_buckets(system, bucket_policies(system)) | site_buckets(system) | artifact_buckets(system)
        for bucket in system.of_type(BUCKET):
            if bucket in replaceable or belongs_to_a_tool(bucket) or self._is_temporary(bucket):
                continue
            states = bucket.get("VersioningConfiguration", "Status")
            if all(state.absent or state.text == "Suspended" for state in states):
                yield self.found(bucket, "it keeps no versions: what is overwritten or deleted is gone", at=states[0])

    def _is_temporary(self, bucket: Resource) -> bool:
        """Tell whether a rule for the whole bucket lets everything expire soon."""
        return any(
            days.number is not None and days.number <= self.set["temporary_days"]
            for rule in bucket.listed("LifecycleConfiguration", "Rules")
            if all(status.text == "Enabled" for status in rule.get("Status"))
            if all(value.absent or value.text == "" for key in _PARTS for value in rule.get(key))
            for days in rule.get("ExpirationInDays")
        )
