"""COST001: what NAT gateways cost, and what would replace them."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.networking import (
    GATEWAY_ENDPOINTS,
    SUBNET,
    endpoints,
    services_called,
    subnets,
    vpc_of,
)
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System

_HOURS = 730
"""Hours of a month, as AWS's price lists count."""


class NatGatewaysHaveTheirPrice(TemplateRule):
    """Says what a NAT gateway costs a month, and which endpoints would carry what the functions behind it call.

    The prices are settings, in US dollars an hour; the defaults are those of us-east-1. Traffic comes on top:
    https://aws.amazon.com/vpc/pricing/.
    """

    id = "COST001"
    title = "NAT gateways are worth their price"
    severity = everywhere(Severity.INFO)
    subject = "AWS::EC2::NatGateway"
    why = "it costs as much idle as busy, and endpoints may do"
    fix = "AWS::EC2::VPCEndpoint for the services that are called, where nothing else of the internet is"
    documentation = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html"
    settings = {"hourly": 0.045, "endpoint_hourly": 0.01}

    def check(self, system: System) -> Iterator[Finding]:
        """Yield every NAT gateway."""
        gateways = list(system.of_type("AWS::EC2::NatGateway"))
        called = _called_by_vpc(system) if gateways else {}
        served = endpoints(system) if gateways else {}
        for gateway in gateways:
            subnet = system.first_target(gateway.get("SubnetId"), SUBNET)
            vpc = vpc_of(system, subnet) if subnet else None
            missing = called.get(vpc, frozenset()) - served.get(vpc, frozenset()) if vpc else frozenset()
            price = f"it costs {_month(self.set['hourly'])} a month before any traffic"
            yield self.found(gateway, price + self._alternative(missing))

    def _alternative(self, services: frozenset[str]) -> str:
        free, paid = sorted(services & GATEWAY_ENDPOINTS), sorted(services - GATEWAY_ENDPOINTS)
        offers = [f"{' and '.join(free)} (free)"] if free else []
        if paid:
            price = _month(len(paid) * self.set["endpoint_hourly"])
            offers.append(f"{', '.join(paid)} ({price} a month in each zone)")
        return f"; endpoints for what the functions behind it call: {', '.join(offers)}" if offers else ""


def _month(hourly: float) -> str:
    return f"${hourly * _HOURS:.2f}"


def _called_by_vpc(system: System) -> dict[Resource, frozenset[str]]:
    called: dict[Resource, frozenset[str]] = {}
    services = services_called(system)
    for function in system.of_type(FUNCTION):
        for subnet in subnets(system, function):
            vpc = vpc_of(system, subnet)
            if vpc is not None:
                called[vpc] = called.get(vpc, frozenset()) | services[function]
    return called
