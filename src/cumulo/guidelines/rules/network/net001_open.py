"""NET001: nothing but a load balancer's HTTPS is open to the internet."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.buckets import is_for_everyone
from cumulo.guidelines.relations.security_groups import GROUP, answering_at, balancers_of, openings, servers_of
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_PLAIN_HTTP = 80
_HTTPS = "a listener at 443 with a certificate, and one at 80 that does no more than redirect to it"
_LAST_PORT = 65535
_DATABASES = (
    "AWS::Neptune::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Workgroup",
)
_SEARCH = ("AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain")


class NothingIsOpen(TemplateRule):
    """Databases have no public address, and security groups let the internet in by HTTPS at load balancers only.

    Port 80 is let pass at a load balancer that does no more with it than redirect to HTTPS. At 443 a group is let
    pass, too, when nobody sees what it guards.
    """

    id = "NET001"
    title = "no database or cache open to the internet; no ingress from everywhere other than 443 to a load balancer"
    severity = everywhere(Severity.ERROR)
    subject = GROUP
    why = "whatever listens there is tried by strangers within minutes"
    fix = "SourceSecurityGroupId: !GetAtt CallersGroup.GroupId"
    documentation = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
    settings = {"ports": (443,)}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield databases with a public address, and ports that are open to everybody."""
        yield from self._open_ports(system)
        for database in system.of_type(*_DATABASES):
            for public in database.get("PubliclyAccessible"):
                if public.flag:
                    message = "the database has a public address"
                    yield self.found(database, message, at=public, fix="PubliclyAccessible: false")
        for domain in system.of_type(*_SEARCH):
            yield from self._open_domain(domain)

    def _open_ports(self, system: System) -> Iterator[Finding]:
        balancers, servers = balancers_of(system), servers_of(system)
        answering = answering_at(system, _PLAIN_HTTP)
        for opening in openings(system):
            behind = balancers.get(opening.group, set()) if opening.group else set()
            serves = opening.group is not None and opening.group in servers
            ports = {opening.first, opening.last}
            redirected = ports == {_PLAIN_HTTP} and behind and not behind & answering
            https = len(ports) == 1 and ports <= set(self.set["ports"])
            if serves or not (https or redirected):
                message = f"{_named(opening.first, opening.last)} open to everybody ({opening.source.text})"
                fix = _HTTPS if behind and ports == {_PLAIN_HTTP} else None
                yield self.found(opening.declared, message, at=opening.source, fix=fix)

    def _open_domain(self, domain: Resource) -> Iterator[Finding]:
        """Judge a search domain: outside a VPC its policy is all that keeps strangers away."""
        secured = any(
            value.flag is True or not value.known for value in domain.get("AdvancedSecurityOptions", "Enabled")
        )
        if secured or any(not value.absent for key in ("VPCOptions", "VpcOptions") for value in domain.get(key)):
            return
        for statement in domain.listed("AccessPolicies", "Statement"):
            if _lets_everyone_in(statement):
                message = "the domain has a public address, and its policy lets everybody in"
                yield self.found(domain, message, at=statement, fix="VPCOptions: {SubnetIds: [!Ref Private]}")


def _lets_everyone_in(statement: Value) -> bool:
    allows = any(effect.text == "Allow" for effect in statement.get("Effect"))
    return allows and is_for_everyone(statement) and all(each.absent for each in statement.get("Condition"))


def _named(first: int, last: int) -> str:
    if (first, last) == (0, _LAST_PORT):
        return "all ports are"
    return f"port {first} is" if first == last else f"ports {first} to {last} are"
