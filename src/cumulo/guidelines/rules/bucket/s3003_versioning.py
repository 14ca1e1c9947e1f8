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
from cumulo.guidelines.system import System


class OverwrittenFilesComeBack(TemplateRule):
    """A bucket in production keeps the versions of its objects.

    Not asked of buckets whose objects nobody overwrites by mistake, or that a build makes again: logs, web sites,
    artifacts of pipelines and of deployment tools.
    """

    id = "S3003"
    title = "versioning"
    severity = OnStage(production=Severity.WARNING, elsewhere=None)
    subject = BUCKET
    why = "overwritten files come back"
    fix = "VersioningConfiguration: {Status: Enabled}"
    fix_python = "versioned=True"
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets that forget; one of two branches being right is enough: it may be production's."""
        replaceable = log_buckets(system, bucket_policies(system)) | site_buckets(system) | artifact_buckets(system)
        for bucket in system.of_type(BUCKET):
            if bucket in replaceable or belongs_to_a_tool(bucket):
                continue
            states = bucket.get("VersioningConfiguration", "Status")
            if all(state.absent or state.text == "Suspended" for state in states):
                yield self.found(bucket, "it keeps no versions: what is overwritten or deleted is gone", at=states[0])
