"""S3005: CORS does not allow any origin."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import served_buckets
from cumulo.guidelines.relations.cors import ANY_ORIGIN
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_READING = ("GET", "HEAD")


class BucketCorsNamesOrigins(TemplateRule):
    """A bucket names the sites whose pages may read and write its objects.

    What a web site or CloudFront serves may be read by any page: a font or script is often used elsewhere.
    """

    id = "S3005"
    title = "CORS does not allow any origin"
    severity = OnStage(production=Severity.ERROR, elsewhere=Severity.INFO)
    subject = BUCKET
    why = "other sites could call with the user's rights"
    fix = 'AllowedOrigins: ["https://app.example.com"]'
    fix_python = 'cors=("https://app.example.com",)'
    fix_cdk = 'allowed_origins=["https://app.example.com"]'
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets that answer to every site."""
        served = served_buckets(system)
        for bucket in system.of_type(BUCKET):
            for rule in bucket.listed("CorsConfiguration", "CorsRules"):
                if bucket in served and _only_reads(rule):
                    continue
                for origin in rule.listed("AllowedOrigins"):
                    if origin.text in ANY_ORIGIN:
                        yield self.found(bucket, f"CORS allows any origin ({origin.text})", at=origin)


def _only_reads(rule: Value) -> bool:
    return all(method.text in _READING for method in rule.listed("AllowedMethods"))
