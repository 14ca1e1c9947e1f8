"""S3005: CORS does not allow any origin."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import site_buckets
from cumulo.guidelines.relations.types import BUCKET
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_ANY = ("*", "http://*", "https://*")
_READING = ("GET", "HEAD")


class BucketCorsNamesOrigins(TemplateRule):
    """A bucket names the sites whose pages may read and write its objects.

    A web site's files may be read by any page: they are public, and a font or script is often used elsewhere.
    """

    id = "S3005"
    title = "CORS does not allow any origin"
    severity = OnStage(production=Severity.ERROR, elsewhere=Severity.INFO)
    subject = BUCKET
    why = "other sites could call with the user's rights"
    fix = 'AllowedOrigins: ["https://app.example.com"]'
    fix_python = 'cors=("https://app.example.com",)'
    documentation = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield buckets that answer to every site."""
        sites = site_buckets(system)
        for bucket in system.of_type(BUCKET):
            rules = (rule for listed in bucket.get("CorsConfiguration", "CorsRules") for rule in listed.elements())
            for rule in rules:
                if bucket in sites and _only_reads(rule):
                    continue
                origins = (origin for listed in rule.get("AllowedOrigins") for origin in listed.elements())
                for origin in origins:
                    if origin.text in _ANY:
                        yield self.found(bucket, f"CORS allows any origin ({origin.text})", at=origin)


def _only_reads(rule: Value) -> bool:
    methods = [method for listed in rule.get("AllowedMethods") for method in listed.elements()]
    return all(method.text in _READING for method in methods)
