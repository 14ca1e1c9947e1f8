"""What only REST APIs can do, and which of them do it.

The comparison is https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from cumulo.guidelines.relations.apis import REST, REST_API, Route, routes
from cumulo.guidelines.relations.stages import REST_STAGE, Stage, stages
from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value

_OF_APIS = ("Policy", "MinimumCompressionSize", "BodyS3Location", "ApiKeySourceType", "SecurityPolicy")
_OF_BODIES = (
    "x-amazon-apigateway-api-key-source",
    "x-amazon-apigateway-gateway-responses",
    "x-amazon-apigateway-minimum-compression-size",
    "x-amazon-apigateway-policy",
    "x-amazon-apigateway-request-validators",
)
_OF_STAGES = ("CacheClusterEnabled", "CachingEnabled", "CanarySetting", "ClientCertificateId", "TracingEnabled")
_OF_SETTINGS = ("CachingEnabled", "DataTraceEnabled", "LoggingLevel")
_OF_METHODS = ("ApiKeyRequired", "RequestModels", "RequestValidatorId")
_OF_OPERATIONS = ("x-amazon-apigateway-request-validator", "x-amazon-apigateway-api-key-required")
_OWN_RESOURCES = (
    "AWS::ApiGateway::DocumentationPart",
    "AWS::ApiGateway::DocumentationVersion",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
)
_FIREWALLS = ("AWS::WAFv2::WebACLAssociation", "AWS::WAFRegional::WebACLAssociation")
_LONGEST = 30_000
"""How long an integration of an HTTP API may take, in milliseconds
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html)."""


def using_rest_features(system: System) -> Set[Resource]:
    """Return the REST APIs that use, or for all that is known may use, something that HTTP APIs have not."""
    found = {api for api in system.of_type(REST_API) if _api_does(api)}
    found |= {stage.api for stage in stages(system) if stage.api is not None and stage.rest and _stage_does(stage)}
    found |= {route.api for route in routes(system) if route.api is not None and route.kind == REST and _does(route)}
    for value in _named_elsewhere(system):
        if not value.known:
            return set(system.of_type(REST_API))
        found |= {api for reference in value.references if (api := _api_of(system, system.resource(reference)))}
    return found


def _named_elsewhere(system: System) -> Iterator[Value]:
    """Yield what resources that only serve REST APIs name."""
    for resource in system.of_type(*_OWN_RESOURCES):
        yield from resource.get("RestApiId")
    for plan in system.of_type("AWS::ApiGateway::UsagePlan"):
        yield from (value for stage in plan.listed("ApiStages") for value in stage.get("ApiId"))
    for association in system.of_type(*_FIREWALLS):
        yield from association.get("ResourceArn")


def _api_of(system: System, resource: Resource | None) -> Resource | None:
    if resource is not None and resource.type == REST_STAGE:
        return system.first_target(resource.get("RestApiId"), REST_API)
    return resource


def _api_does(api: Resource) -> bool:
    return (
        any(_is_set(value) for key in _OF_APIS for value in api.get(key))
        or any(_is_set(value) for key in _OF_BODIES for value in api.get("Body", key))
        or any(kind.text != "REGIONAL" for kind in api.listed("EndpointConfiguration", "Types"))
    )


def _stage_does(stage: Stage) -> bool:
    every = stage.value.listed("MethodSettings")
    return any(_is_set(value) for key in _OF_STAGES for value in stage.value.get(key)) or any(
        _is_set(value) for setting in every for key in _OF_SETTINGS for value in setting.get(key)
    )


def _does(route: Route) -> bool:
    keys = _OF_OPERATIONS if route.body else _OF_METHODS
    if any(_is_set(value) for key in keys for value in route.value.get(key)):
        return True
    names = ("x-amazon-apigateway-integration", "type") if route.body else ("Integration", "Type")
    for kind in route.value.get(*names):
        word = (kind.text or "").upper()
        if word not in ("AWS_PROXY", "HTTP_PROXY") and not (word == "MOCK" and route.method == "OPTIONS"):
            return True
    transfers = route.value.get(names[0], "responseTransferMode" if route.body else "ResponseTransferMode")
    if any(mode.text == "STREAM" for mode in transfers):
        return True
    timeouts = route.value.get(names[0], "timeoutInMillis" if route.body else "TimeoutInMillis")
    return any(not value.absent and (value.number or _LONGEST + 1) > _LONGEST for value in timeouts)


def _is_set(value: Value) -> bool:
    """Tell whether something is, or may be, switched on."""
    return not value.absent and value.flag is not False and value.text not in ("OFF", "HEADER") and value.plain != {}
