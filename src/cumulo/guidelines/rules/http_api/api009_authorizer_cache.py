"""API009: results of Lambda authorizers are cached."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import HTTP, REST, authorizers, setting
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System

_BY_FUNCTION = ("token", "request")


class AuthorizersAreCached(TemplateRule):
    """What a Lambda authorizer decided is used again for the same caller.

    REST APIs keep an answer for 300 seconds where nothing is said, WebSocket APIs ask once for each connection. For
    HTTP APIs the default is not documented: only a written 0 is told.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
    """

    id = "API009"
    title = "results of Lambda authorizers are cached"
    severity = everywhere(Severity.INFO)
    subject = "AWS::ApiGateway::Authorizer, AWS::ApiGatewayV2::Authorizer"
    why = "one call fewer per request"
    fix = "AuthorizerResultTtlInSeconds: 300"
    fix_sam = "Identity: {ReauthorizeEvery: 300}"
    fix_python = "ttl=minutes(5)"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield authorizers that are asked for every request."""
        for holder, kind, authorizer in authorizers(system):
            types = (*authorizer.get("Type"), *setting(authorizer, "AuthorizerType"), *authorizer.get("type"))
            by_function = any((value.text or "").lower() in _BY_FUNCTION for value in types)
            if kind not in (HTTP, REST) or not by_function:
                continue
            for ttl in setting(authorizer, "AuthorizerResultTtlInSeconds"):
                if ttl.number == 0:
                    yield self.found(holder, "the authorizer is called for every request", at=ttl)
