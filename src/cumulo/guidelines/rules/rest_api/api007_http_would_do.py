"""API007: an HTTP API where no REST-only feature is used."""

from __future__ import annotations

from collections.abc import Iterator

from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.relations.apis import REST_API, routes
from cumulo.guidelines.relations.rest_features import using_rest_features
from cumulo.guidelines.relations.sharing import shared
from cumulo.guidelines.rule import TemplateRule, everywhere
from cumulo.guidelines.system import System


class HttpApiWhereItDoes(TemplateRule):
    """A REST API is there for something that an HTTP API cannot do.

    Silent where not all of the API is at hand: a definition in S3, an API whose id other templates know.
    """

    id = "API007"
    title = "an HTTP API where no REST-only feature is used"
    severity = everywhere(Severity.INFO)
    subject = REST_API
    why = "cheaper and faster"
    fix = "AWS::ApiGatewayV2::Api with ProtocolType: HTTP"
    fix_sam = "AWS::Serverless::HttpApi, and events of Type: HttpApi"
    documentation = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html"

    def check(self, system: System) -> Iterator[Finding]:
        """Yield REST APIs that could be HTTP APIs."""
        apis = list(system.of_type(REST_API))
        if not apis:
            return
        with_routes = {route.api for route in routes(system)}
        excluded = using_rest_features(system) | shared(system)
        for api in apis:
            if api in with_routes and api not in excluded and all(body.known for body in api.get("Body")):
                yield self.found(api, "it uses nothing that an HTTP API cannot do")
