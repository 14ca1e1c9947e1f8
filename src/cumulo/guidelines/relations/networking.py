"""How functions in a VPC reach AWS's services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from cumulo.guidelines.relations.calling import function_named
from cumulo.guidelines.relations.policies import Statement
from cumulo.guidelines.relations.roles import role_of, statements_by_role
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.system import Resource, System

SUBNET = "AWS::EC2::Subnet"
VPC = "AWS::EC2::VPC"
_ROUTE_TABLE = "AWS::EC2::RouteTable"
GATEWAY_ENDPOINTS = frozenset(("dynamodb", "s3"))
"""Services with endpoints that cost nothing: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html."""

_SERVICES: Mapping[str, str] = {
    "dynamodb": "dynamodb",
    "events": "events",
    "firehose": "kinesis-firehose",
    "kinesis": "kinesis-streams",
    "lambda": "lambda",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "states",
}
"""Name of a service's endpoint by the prefix of its actions:
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html."""

_POLLED = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "kinesis:Describe*",
    "kinesis:Get*",
    "kinesis:List*",
    "kinesis:SubscribeToShard",
    "sqs:ChangeMessageVisibility*",
    "sqs:DeleteMessage*",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
)
"""What Lambda itself calls with the function's role, from outside of the VPC, for an event source mapping."""

_HANDED_ON = frozenset(("events", "lambda", "sns", "sqs"))
"""Where Lambda itself, likewise, sends results and failed events."""


def subnets(system: System, function: Resource) -> tuple[Resource, ...]:
    """Return a function's subnets; none unless each of them is one of the system's own."""
    named = list(function.listed("VpcConfig", "SubnetIds"))
    found = [subnet for value in named if (subnet := system.target(value, SUBNET)) is not None]
    return tuple(dict.fromkeys(found)) if len(found) == len(named) else ()


def vpc_of(system: System, subnet: Resource) -> Resource | None:
    """Return a subnet's VPC, when it is one of the system's own."""
    return system.first_target(subnet.get("VpcId"), VPC)


def cut_off(system: System) -> frozenset[Resource]:
    """Return the subnets from which a function reaches nothing outside of its VPC, by routes at least.

    None when a route belongs to a table that is not one of the system's own: it may be anybody's.
    An internet gateway does not help: a function has no public address, even in a public subnet.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
    """
    with_way_out = {
        system.target(table, _ROUTE_TABLE)
        for route in system.of_type("AWS::EC2::Route")
        if _leads_out(system, route)
        for table in route.get("RouteTableId")
    }
    if None in with_way_out:
        return frozenset()
    found: set[Resource] = set()
    for association in system.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        tables = {system.target(value, _ROUTE_TABLE) for value in association.get("RouteTableId")}
        if None not in tables and not tables & with_way_out:
            found.update(
                subnet for value in association.get("SubnetId") if (subnet := system.target(value, SUBNET)) is not None
            )
    return frozenset(found)


def _leads_out(system: System, route: Resource) -> bool:
    gateways = [value for value in route.get("GatewayId") if not value.absent]
    over_the_internet = [system.target(value, "AWS::EC2::InternetGateway") for value in gateways]
    by_ip_6 = any(not value.absent for value in route.get("DestinationIpv6CidrBlock"))
    return by_ip_6 or not over_the_internet or None in over_the_internet


def endpoints(system: System) -> Mapping[Resource | None, frozenset[str | None]]:
    """Return the services that each VPC has endpoints for; ``None`` for a VPC or a service that nobody knows."""
    found: dict[Resource | None, frozenset[str | None]] = {}
    for endpoint in system.of_type("AWS::EC2::VPCEndpoint"):
        services = frozenset(_service(value.pattern) for value in endpoint.get("ServiceName"))
        for value in endpoint.get("VpcId"):
            vpc = system.target(value, VPC)
            found[vpc] = found.get(vpc, frozenset()) | services
    return found


def _service(name: str | None) -> str | None:
    parts = (name or "").split(".", 3)
    return parts[3] if len(parts) == 4 and "\0" not in parts[3] else None


def services_called(system: System) -> Mapping[Resource, frozenset[str]]:
    """Return the services, by their endpoints' names, that each function may call from its code."""
    by_role = statements_by_role(system)
    handing_on = frozenset(_handing_on(system))
    found: dict[Resource, frozenset[str]] = {}
    for function in system.of_type(FUNCTION):
        role = role_of(system, function)
        called = frozenset(_called(by_role.get(role, ()))) if role is not None else frozenset()
        found[function] = called - _HANDED_ON if function in handing_on else called
    return found


def _called(statements: Iterable[Statement]) -> Iterator[str]:
    for statement in statements:
        if not statement.allows:
            continue
        for action in statement.listed("Action"):
            text = action.text or ""
            service = _SERVICES.get(text.partition(":")[0].lower())
            if service is not None and not any(fnmatchcase(text, polled) for polled in _POLLED):
                yield service


def _handing_on(system: System) -> Iterator[Resource]:
    for function in system.of_type(FUNCTION):
        if any(not target.absent for target in function.get("DeadLetterConfig", "TargetArn")):
            yield function
    for config in system.of_type("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping"):
        if any(not value.absent for value in config.get("DestinationConfig")):
            named = (function_named(system, value) for value in config.get("FunctionName"))
            yield from (function for function in named if function is not None)
