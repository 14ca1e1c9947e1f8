"""API003: every route has an authorizer, or is declared public on purpose."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import HTTP, REST, Route, routes
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System
from cumulo.guidelines.template.values import Value

_BODY_FIX = "security: [{authorizer: []}], or security: [] where everybody may call"
_SAM_FIX = "Auth: {DefaultAuthorizer: …} for the API, or Auth: {Authorizer: NONE} for the event that everybody may send"
_UNUSED = "its security stands at the root of the definition, which REST APIs do not use"


class RoutesAreAuthorized(TemplateRule):
    """A route names an authorizer, or says ``AuthorizationType: NONE`` (``security: []`` in an OpenAPI definition).

    The word NONE is the declaration that a route is public: CloudFormation's default is the same, but nobody wrote it.
    A resource policy of a REST API says who may call, too.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html: REST APIs do not use
    security that stands at the root of a definition.
    """

    id = "API003"
    title = "every route has an authorizer, or is declared public on purpose"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Route, AWS::ApiGateway::Method, OpenAPI operations"
    why = "forgotten authorisation is the commonest hole"
    fix = "AuthorizerId: !Ref Authorizer, or AuthorizationType: NONE where everybody may call"
    fix_python = "authorizer=users.authorizer(client), or authorizer=None where everybody may call"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield routes about which nobody said who may call them."""
        for route in routes(system):
            if route.kind not in (HTTP, REST) or route.method == "OPTIONS" or _has_policy(route):
                continue
            if route.body is None:
                yield from self._of_resource(route)
            else:
                yield from self._of_operation(route, route.body)

    def _of_resource(self, route: Route) -> Iterator[Finding]:
        if any(key.flag or not key.known for key in route.value.get("ApiKeyRequired")):
            return
        for kind in route.value.get("AuthorizationType"):
            if kind.absent:
                yield self.found(route.holder, f"nobody says who may call {route.name}", at=kind)

    def _of_operation(self, route: Route, body: Value) -> Iterator[Finding]:
        stated = (*route.value.get("security"), *route.value.get("x-amazon-apigateway-auth"))
        if not all(value.absent for value in stated):
            return
        at_root = not all(value.absent for value in body.get("security"))
        if at_root and route.kind == HTTP:
            return
        reason = f": {_UNUSED}" if at_root else ""
        fix = _SAM_FIX if route.holder.by_sam else _BODY_FIX
        yield self.found(route.holder, f"nobody says who may call {route.name}{reason}", at=route.value, fix=fix)


def _has_policy(route: Route) -> bool:
    """Tell whether a resource policy says who may call the API."""
    if route.kind != REST or route.api is None:
        return False
    stated = route.api.get("Policy")
    if route.body is not None:
        stated = (*stated, *route.body.get("x-amazon-apigateway-policy"))
    return not all(value.absent for value in stated)
