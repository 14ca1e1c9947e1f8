"""API010: custom domains require TLS 1.2 or later."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_DOMAINS = ("AWS::ApiGateway::DomainName", "AWS::ApiGateway::DomainNameV2")
_V2_DOMAIN = "AWS::ApiGatewayV2::DomainName"


class DomainsUseModernTls(TemplateRule):
    """A custom domain takes no connection with TLS 1.0 or 1.1.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html: a domain that
    names no policy has ``TLS_1_2``.
    """

    id = "API010"
    title = "custom domains require TLS 1.2 or later"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGateway::DomainName, AWS::ApiGatewayV2::DomainName"
    why = "older protocols are broken"
    fix = "SecurityPolicy: TLS_1_2"
    documentation = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html"
    )
    settings = {"old": ("TLS_1_0",)}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield domains that let old protocols in."""
        for domain, policy in _policies(system):
            if policy.text in self.set["old"]:
                put = {policy.path[2:]: "TLS_1_2"}
                yield self.found(domain, f"it takes connections older than TLS 1.2 ({policy.text})", at=policy, put=put)


def _policies(system: System) -> Iterator[tuple[Resource, Value]]:
    for domain in system.of_type(*_DOMAINS):
        yield from ((domain, policy) for policy in domain.get("SecurityPolicy"))
    for domain in system.of_type(_V2_DOMAIN):
        for configuration in domain.listed("DomainNameConfigurations"):
            yield from ((domain, policy) for policy in configuration.get("SecurityPolicy"))
