"""WS001: $connect has an authorizer, or is public on purpose."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import V2_API, WEBSOCKET, Route, kind_of, routes
from cumulo.guidelines.relations.sharing import shared
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class ConnectIsAuthorized(TemplateRule):
    """Whoever opens a connection is known, or ``AuthorizationType: NONE`` says that everybody may.

    An API without a route for ``$connect`` lets everybody in as well. An API key counts as an answer.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html:
    authorization is possible on ``$connect`` only.
    """

    id = "WS001"
    title = "$connect has an authorizer, or is public on purpose"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Route"
    why = "open sockets cost and leak"
    fix = "AuthorizationType: CUSTOM, AuthorizerId: !Ref Authorizer; or AuthorizationType: NONE"
    documentation = (
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html"
    )

    def check(self, system: System) -> Iterator[Finding]:
        """Yield connections that anybody opens."""
        declared = [route for route in routes(system) if route.kind == WEBSOCKET]
        for route in declared:
            keyed = any(key.flag or not key.known for key in route.value.get("ApiKeyRequired"))
            if route.name == "$connect" and not keyed:
                for kind in route.value.get("AuthorizationType"):
                    if kind.absent:
                        yield self.found(route.holder, "nobody says who may open a connection", at=kind)
        if not declared:
            return
        connected = {route.api for route in declared if route.name == "$connect" or not _names_its_key(route)}
        routed = {route.api for route in declared}
        elsewhere = shared(system)
        for api in system.of_type(V2_API):
            if kind_of(api) == WEBSOCKET and api in routed and api not in connected and api not in elsewhere:
                yield self.found(api, "without a $connect route anybody may open a connection")


def _names_its_key(route: Route) -> bool:
    return all(key.text for key in route.value.get("RouteKey"))
