"""API003: every route has an authorizer, or is declared public on purpose."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import Resource, System


class RoutesAreAuthorized(TemplateRule):
    """A route names an authorizer, or says ``AuthorizationType: NONE``.

    The word NONE is the declaration that a route is public: CloudFormation's default is the same, but nobody wrote it.
    """

    id = "API003"
    title = "every route has an authorizer, or is declared public on purpose"
    severity = everywhere(Severity.WARNING)
    subject = "AWS::ApiGatewayV2::Route, AWS::ApiGateway::Method"
    why = "forgotten authorisation is the commonest hole"
    fix = "AuthorizerId: !Ref Authorizer, or AuthorizationType: NONE where everybody may call"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield routes about which nobody said who may call them."""
        for route in system.of_type("AWS::ApiGatewayV2::Route"):
            if _of_web_socket(system, route):
                continue
            for kind in route.get("AuthorizationType"):
                if kind.absent:
                    name = route.get("RouteKey")[0].text or route.id
                    yield self.found(route, f"nobody says who may call {name}", at=kind)
        for method in system.of_type("AWS::ApiGateway::Method"):
            if any(verb.text == "OPTIONS" for verb in method.get("HttpMethod")):
                continue
            for kind in method.get("AuthorizationType"):
                keyed = any(key.flag or not key.known for key in method.get("ApiKeyRequired"))
                if kind.absent and not keyed:
                    yield self.found(method, "nobody says who may call it", at=kind)


def _of_web_socket(system: System, route: Resource) -> bool:
    """Tell whether the route is a WebSocket's: those are judged by WS001."""
    for value in route.get("ApiId"):
        api = system.target(value, "AWS::ApiGatewayV2::Api")
        if api is not None and any(kind.text == "WEBSOCKET" for kind in api.get("ProtocolType")):
            return True
    return False
