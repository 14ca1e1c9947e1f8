"""FN009: active tracing in production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cumulo.guidelines.edits import Path_, Plain
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.edge import edge_functions
from cumulo.guidelines.relations.generated import written_functions
from cumulo.guidelines.relations.policies import Statement
from cumulo.guidelines.relations.roles import role_of, statements_by_role
from cumulo.guidelines.relations.types import FUNCTION
from cumulo.guidelines.rule import OnStage, TemplateRule
from cumulo.guidelines.system import Resource, System

_PERMISSION = "xray:PutTraceSegments"
_MANAGED = "policy/AWSXRayDaemonWriteAccess"
_ACTIVE: Mapping[Path_, Plain] = {("Properties", "TracingConfig", "Mode"): "Active"}


class RequestsAreTraced(TemplateRule):
    """A function in production traces requests actively.

    Silent where another tracer does it (an environment variable of `tracers` is set), and at the edge. ``--fix`` turns
    tracing on only where the role may send traces already: Lambda refuses to update the function otherwise.
    """

    id = "FN009"
    title = "active tracing in production"
    severity = OnStage(production=Severity.INFO, elsewhere=None)
    subject = FUNCTION
    why = "requests can be followed across services"
    fix = "TracingConfig: {Mode: Active}, and xray:PutTraceSegments and xray:PutTelemetryRecords for its role"
    fix_sam = "Tracing: Active"
    fix_cdk = "tracing=lambda_.Tracing.ACTIVE"
    documentation = "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"
    settings = {
        "tracers": (
            "AWS_LAMBDA_EXEC_WRAPPER",
            "DD_LAMBDA_HANDLER",
            "LUMIGO_TRACER_TOKEN",
            "NEW_RELIC_LAMBDA_HANDLER",
        )
    }

    def check(self, system: System) -> Iterator[Finding]:
        """Yield functions that trace nothing of their own."""
        at_the_edge = edge_functions(system)
        judged = (function for function in written_functions(system) if function not in at_the_edge)
        untraced = [function for function in judged if self._is_untraced(function)]
        by_role = statements_by_role(system) if untraced else {}
        for function in untraced:
            mode = function.get("TracingConfig", "Mode")[0]
            put = _ACTIVE if not mode.given and _may_trace(system, function, by_role) else None
            yield self.found(function, "its requests are not traced", at=mode, put=put)

    def _is_untraced(self, function: Resource) -> bool:
        modes = function.get("TracingConfig", "Mode")
        return all(mode.absent or mode.text == "PassThrough" for mode in modes) and not self._has_tracer(function)

    def _has_tracer(self, function: Resource) -> bool:
        variables = function.get("Environment", "Variables")
        return any(not value.absent for name in self.set["tracers"] for each in variables for value in each.get(name))


def _may_trace(system: System, function: Resource, by_role: Mapping[Resource, Sequence[Statement]]) -> bool:
    role = role_of(system, function)
    if role is None:
        return False
    if role.by_sam:
        # SAM lets the roles that it makes do what the function's properties need.
        return True
    if any((arn.pattern or "").endswith(_MANAGED) for arn in role.listed("ManagedPolicyArns")):
        return True
    return any(statement.allows and statement.concerns(_PERMISSION) for statement in by_role.get(role, ()))
