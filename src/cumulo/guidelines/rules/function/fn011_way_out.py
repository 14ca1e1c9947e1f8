"""FN011: a function in a VPC reaches the services that it calls."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.networking import cut_off, endpoints, services_called, subnets, vpc_of
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class ServicesAreInReach(TemplateRule):
    """A function's subnets have a NAT gateway, or its VPC endpoints for the services that its role lets it call.

    Judged only where the subnets, their route tables and their VPC are among the templates. A public subnet is no way
    out: a function has no public address.
    """

    id = "FN011"
    title = "a function in a VPC has endpoints or a NAT gateway for the services that it calls"
    severity = everywhere(Severity.WARNING)
    subject = FUNCTION
    why = "its calls would hang until they time out"
    fix = "an AWS::EC2::VPCEndpoint for each of the services, or subnets with a route to a NAT gateway"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions that may call services which they cannot reach."""
        cut = cut_off(system)
        if not cut:
            return
        served, called = endpoints(system), services_called(system)
        for function in written_functions(system):
            unreachable = [subnet for subnet in subnets(system, function) if subnet in cut]
            vpc = vpc_of(system, unreachable[0]) if unreachable else None
            if vpc is None or None in served or None in served.get(vpc, ()):
                continue
            missing = sorted(called[function] - served.get(vpc, frozenset()))
            if missing:
                yield self.found(
                    function,
                    f"{', '.join(subnet.name for subnet in unreachable)} has no NAT gateway, and {vpc.name} no endpoint"
                    f" for {', '.join(missing)}",
                    at=function.get("VpcConfig")[0],
                )
