"""API001: CORS does not allow any origin."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import System

_ANY = ("*", "http://*", "https://*")


class CorsNamesOrigins(TemplateRule):
    """An HTTP API names the sites that may call it."""

    id = "API001"
    title = "CORS does not allow any origin"
    severity = OnStage(production=Severity.ERROR, elsewhere=Severity.INFO)
    subject = "AWS::ApiGatewayV2::Api"
    why = "other sites could call with the user's rights"
    fix = 'AllowOrigins: ["https://app.example.com"]'
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield APIs that answer to every site."""
        for api in system.of_type(self.subject):
            for origins in api.get("CorsConfiguration", "AllowOrigins"):
                for origin in origins.elements():
                    if origin.text in _ANY:
                        yield self.found(api, f"CORS allows any origin ({origin.text})", at=origin)
