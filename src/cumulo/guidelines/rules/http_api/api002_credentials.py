"""API002: CORS does not allow credentials together with any origin."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.cors import cors, fix_of, is_any, is_true
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System


class CredentialsNeedOrigins(TemplateRule):
    """Where browsers may send cookies, the sites are named.

    https://fetch.spec.whatwg.org/#cors-protocol-and-credentials: a browser takes no ``*`` with credentials. API Gateway
    answers to ``https://*`` with the caller's own origin: there every site would get in.
    """

    id = "API002"
    title = "CORS does not allow credentials together with any origin"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::ApiGatewayV2::Api, AWS::ApiGateway::RestApi, AWS::Lambda::Url"
    why = "browsers refuse it, and rightly"
    fix = 'AllowOrigins: ["https://app.example.com"], or no AllowCredentials'
    fix_python = 'cors=Cors(origins=("https://app.example.com",), credentials=True)'
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield APIs that let every site call with the user's cookies."""
        told: set[Resource] = set()
        for policy in cors(system):
            for origin, credentials in product(policy.origins, policy.credentials):
                if policy.holder in told or not is_any(origin) or not is_true(credentials):
                    continue
                if origin.agrees_with(credentials):
                    told.add(policy.holder)
                    message = f"CORS allows credentials together with any origin ({origin.text})"
                    yield self.found(policy.holder, message, at=credentials, fix=fix_of(policy.holder))
