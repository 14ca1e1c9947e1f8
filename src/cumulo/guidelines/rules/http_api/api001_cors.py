"""API001: CORS does not allow any origin."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.cors import cors, fix_of, is_any
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System


class CorsNamesOrigins(TemplateRule):
    """An API or function URL names the sites that may call it; told once for each API.

    In REST APIs the integrations of methods set the header, mostly those of OPTIONS. Gateway responses may have it for
    any origin: they tell of nothing but errors of API Gateway's own.
    """

    id = "API001"
    title = "CORS does not allow any origin"
    severity = OnStage(production=Severity.ERROR, elsewhere=Severity.INFO)
    subject = "AWS::ApiGatewayV2::Api, AWS::ApiGateway::RestApi, AWS::Lambda::Url"
    why = "other sites could call with the user's rights"
    fix = 'AllowOrigins: ["https://app.example.com"]'
    fix_python = 'cors=Cors(origins=("https://app.example.com",))'
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield APIs that answer to every site."""
        told: set[Resource] = set()
        for policy in cors(system):
            for origin in policy.origins:
                if is_any(origin) and policy.holder not in told:
                    told.add(policy.holder)
                    message = f"CORS allows any origin ({origin.text})"
                    yield self.found(policy.holder, message, at=origin, fix=fix_of(policy.holder))
