"""What security groups let in, and what they guard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

GROUP = "AWS::EC2::SecurityGroup"
_INGRESS = "AWS::EC2::SecurityGroupIngress"
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_WHOLE_INTERNET = ("0.0.0.0/0", "::/0")
_ALL_PROTOCOLS = "-1"
_WITHOUT_PORTS = ("icmp", "1", "icmpv6", "58")
_BALANCERS: Mapping[str, tuple[str, ...]] = {
    "AWS::ElasticLoadBalancing::LoadBalancer": ("SecurityGroups",),
    _BALANCER: ("SecurityGroups",),
}
# What listens itself. Functions and endpoints are left out: nobody reaches them from the internet.
_SERVERS: Mapping[str, tuple[str, ...]] = {
    "AWS::AutoScaling::LaunchConfiguration": ("SecurityGroups",),
    "AWS::DocDB::DBCluster": ("VpcSecurityGroupIds",),
    "AWS::EC2::Instance": ("SecurityGroupIds",),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData", "SecurityGroupIds"),
    "AWS::ECS::Service": ("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups"),
    "AWS::EFS::MountTarget": ("SecurityGroups",),
    "AWS::ElastiCache::CacheCluster": ("VpcSecurityGroupIds",),
    "AWS::ElastiCache::ReplicationGroup": ("SecurityGroupIds",),
    "AWS::Neptune::DBCluster": ("VpcSecurityGroupIds",),
    "AWS::OpenSearchService::Domain": ("VPCOptions", "SecurityGroupIds"),
    "AWS::RDS::DBCluster": ("VpcSecurityGroupIds",),
    "AWS::RDS::DBInstance": ("VPCSecurityGroups",),
    "AWS::Redshift::Cluster": ("VpcSecurityGroupIds",),
}


@dataclass(frozen=True, eq=False)
class Opening:
    """Ports that a security group opens to the whole internet.

    Parameters
    ----------
    declared
        The resource that says so: the group, or an ingress of its own.
    group
        The group, when it is one of the system's own.
    source
        The address range.
    first, last
        The ports.
    """

    declared: Resource
    group: Resource | None
    source: Value
    first: int
    last: int


def openings(system: System) -> Iterator[Opening]:
    """Find what security groups open to the whole internet: inline, and by resources of their own.

    Rules whose range, protocol or ports nobody can know are left out, and so is ICMP, which has no ports.
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    for group in system.of_type(GROUP):
        for rule in group.listed("SecurityGroupIngress"):
            yield from (Opening(group, group, *opened) for opened in _opened(rule))
    for ingress in system.of_type(_INGRESS):
        for rule in ingress.part("Properties"):
            group_of_it = next(iter(_groups(system, ingress, ("GroupId",))), None)
            yield from (Opening(ingress, group_of_it, *opened) for opened in _opened(rule))


def balancers_of(system: System) -> Mapping[Resource, set[Resource]]:
    """Return the load balancers that have each group."""
    return _having(system, _BALANCERS)


def servers_of(system: System) -> Mapping[Resource, set[Resource]]:
    """Return the instances, services and databases that have each group."""
    return _having(system, _SERVERS)


def answering_at(system: System, port: int) -> set[Resource]:
    """Return the load balancers that do more at a port than send callers to HTTPS, as far as that is known."""
    found: set[Resource] = set()
    for listener in system.of_type(_LISTENER):
        if any(number.number == port for number in listener.get("Port")) and not _redirects(listener):
            named = (system.target(value, _BALANCER) for value in listener.get("LoadBalancerArn"))
            found.update(balancer for balancer in named if balancer is not None)
    return found


def _redirects(listener: Resource) -> bool:
    actions = listener.listed("DefaultActions")
    return all(
        not kind.known or (kind.text == "redirect" and protocol.text in ("HTTPS", None))
        for action in actions
        for kind, protocol in product(action.get("Type"), action.get("RedirectConfig", "Protocol"))
    )


def _opened(rule: Value) -> Iterator[tuple[Value, int, int]]:
    sources = [source for key in ("CidrIp", "CidrIpv6") for source in rule.get(key) if source.text in _WHOLE_INTERNET]
    for source, (first, last) in product(sources, _ports(rule)):
        yield source, first, last


def _ports(rule: Value) -> Iterator[tuple[int, int]]:
    for protocol in rule.get("IpProtocol"):
        name = str(protocol.plain).lower() if protocol.known else None
        if name == _ALL_PROTOCOLS:
            yield 0, 65535
        elif name is not None and name not in _WITHOUT_PORTS:
            for first, last in product(rule.get("FromPort"), rule.get("ToPort")):
                if first.number is not None and last.number is not None and first.agrees_with(last):
                    yield int(first.number), int(last.number)


def _having(system: System, places: Mapping[str, tuple[str, ...]]) -> Mapping[Resource, set[Resource]]:
    found: dict[Resource, set[Resource]] = {}
    for kind, keys in places.items():
        for resource in system.of_type(kind):
            for group in _groups(system, resource, keys):
                found.setdefault(group, set()).add(resource)
    return found


def _groups(system: System, resource: Resource, keys: tuple[str, ...]) -> Iterator[Resource]:
    for each in resource.listed(*keys):
        group = system.target(each, GROUP)
        if group is not None:
            yield group
