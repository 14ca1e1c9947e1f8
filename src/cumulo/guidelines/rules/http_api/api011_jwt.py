"""API011: a JWT authorizer names its issuer and audience."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import authorizers, setting
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value


class JwtAuthorizersAreExact(TemplateRule):
    """A JWT authorizer takes tokens of one issuer, made for this API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html: ``iss`` has to be the
    issuer, ``aud`` or ``client_id`` one of the audience.
    """

    id = "API011"
    title = "a JWT authorizer names its issuer and audience"
    severity = everywhere(Severity.ERROR)
    subject = "AWS::ApiGatewayV2::Authorizer"
    why = "any token of the issuer would pass"
    fix = "JwtConfiguration: {Issuer: !GetAtt Users.ProviderURL, Audience: [!Ref Client]}"
    fix_sam = "JwtConfiguration: {issuer: !GetAtt Users.ProviderURL, audience: [!Ref Client]}"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield authorizers that take tokens of somebody else, or for something else."""
        for holder, _, authorizer in authorizers(system):
            types = (*setting(authorizer, "AuthorizerType"), *authorizer.get("type"))
            if not any((value.text or "").upper() == "JWT" for value in types):
                continue
            missing = [
                (key, value)
                for key in ("Issuer", "Audience")
                for value in setting(authorizer, "JwtConfiguration", key)
                if _says_nothing(value)
            ]
            if missing:
                names = " and ".join(sorted({key.lower() for key, _ in missing}, reverse=True))
                yield self.found(holder, f"the JWT authorizer names no {names}", at=missing[0][1])


def _says_nothing(value: Value) -> bool:
    return value.absent or value.text == "" or (isinstance(value.plain, list) and not value.elements())
