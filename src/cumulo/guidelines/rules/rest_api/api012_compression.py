"""API012: REST responses are compressed above a size."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import REST_API, in_globals
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System

_EXTENSION = "x-amazon-apigateway-minimum-compression-size"


class ResponsesAreCompressed(TemplateRule):
    """A REST API compresses large responses for clients that take it; HTTP APIs cannot."""

    id = "API012"
    title = "REST responses are compressed above a size"
    severity = everywhere(Severity.INFO)
    subject = REST_API
    why = "transfer costs"
    fix = "MinimumCompressionSize: 1024"
    fix_cdk = "min_compression_size=Size.kibibytes(1)"
    documentation = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield REST APIs that send everything as it is."""
        for api in system.of_type(REST_API):
            in_body = (*api.get("BodyS3Location"), *api.get("Body", _EXTENSION))
            if not all(value.absent for value in in_body):
                continue
            for size in api.get("MinimumCompressionSize"):
                if size.absent:
                    fix = in_globals(api, self.fix) if api.by_sam else None
                    yield self.found(api, "responses are never compressed", at=size, fix=fix)
