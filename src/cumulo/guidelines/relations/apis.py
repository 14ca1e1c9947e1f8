"""APIs, their routes and their authorizers, whatever way a template declares them.

A route is a resource of its own, an operation of the API's OpenAPI ``Body`` (which is what SAM makes), or comes with a
quick create. A definition that lies in S3 (``BodyS3Location``) is not at hand: its routes are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Value

REST_API = "AWS::ApiGateway::RestApi"
V2_API = "AWS::ApiGatewayV2::Api"
METHOD = "AWS::ApiGateway::Method"
V2_ROUTE = "AWS::ApiGatewayV2::Route"

HTTP, REST, WEBSOCKET, UNKNOWN_KIND = "HTTP", "REST", "WEBSOCKET", ""

_ANY = "x-amazon-apigateway-any-method"
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", _ANY)
_DEEPEST_PATH = 30
_IMPLICIT = {"ServerlessRestApi": "Api", "ServerlessHttpApi": "HttpApi"}


@dataclass(frozen=True, eq=False)
class Route:
    """One route of an API.

    Parameters
    ----------
    api
        The API, when it is one of the system's own resources.
    kind
        ``"HTTP"``, ``"REST"`` or ``"WEBSOCKET"``; empty where nobody can tell.
    holder
        The resource that declares the route: the route or method itself, or the API with a ``Body``.
    name
        What callers know it by: ``"GET /items/{id}"``, ``"$connect"``; the logical id where the key is unknown.
    method
        The HTTP method in upper case, ``"ANY"`` for all of them, empty where there is none or nobody can tell.
    value
        Its declaration: the properties of the resource, or the operation of the ``Body``.
    body
        The ``Body`` that it stands in.
    item
        The path item that it stands in there, which may have parameters for all of its operations.
    """

    api: Resource | None
    kind: str
    holder: Resource
    name: str
    method: str
    value: Value
    body: Value | None = None
    item: Value | None = None


@once
def routes(system: System) -> Sequence[Route]:
    """Return every route of every API.

    Follows https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html for REST APIs and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html for HTTP APIs.
    """
    return (*_v2_routes(system), *_methods(system), *body_routes(system), *_quick_created(system))


def body_routes(system: System) -> Iterator[Route]:
    """Return the operations of OpenAPI bodies."""
    for api in system.of_type(REST_API, V2_API):
        kind = kind_of(api)
        for body in api.get("Body"):
            for paths in body.get("paths"):
                for path, item in paths.fields():
                    for verb, operation in item.fields():
                        if verb in _VERBS and not operation.absent:
                            method = "ANY" if verb == _ANY else verb.upper()
                            name = path if path.startswith("$") else f"{method} {path}"
                            yield Route(api, kind, api, name, method, operation, body, item)


def kind_of(api: Resource) -> str:
    """Tell which kind of API it is; an HTTP API with a ``Body`` need not say so."""
    if api.type == REST_API:
        return REST
    kinds = {HTTP if kind.absent else kind.text or UNKNOWN_KIND for kind in api.get("ProtocolType")}
    return kinds.pop() if len(kinds) == 1 else UNKNOWN_KIND


def authorizers(system: System) -> Iterator[tuple[Resource, str, Value]]:
    """Return every authorizer: the resource that holds it, the kind of its API and its declaration.

    In a resource the declaration has the keys of CloudFormation, in a ``Body`` those of
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html;
    `setting` asks for either.
    """
    for authorizer in system.of_type("AWS::ApiGateway::Authorizer"):
        yield authorizer, REST, properties(authorizer)
    for authorizer in system.of_type("AWS::ApiGatewayV2::Authorizer"):
        apis = [system.target(value, V2_API) for value in authorizer.get("ApiId")]
        yield authorizer, kind_of(apis[0]) if apis[0] else UNKNOWN_KIND, properties(authorizer)
    for api in system.of_type(REST_API, V2_API):
        for body in api.get("Body"):
            for schemes in (*body.get("securityDefinitions"), *body.get("components", "securitySchemes")):
                for _, scheme in schemes.fields():
                    for value in scheme.get("x-amazon-apigateway-authorizer"):
                        if not value.absent:
                            yield api, kind_of(api), value


def setting(value: Value, *keys: str) -> tuple[Value, ...]:
    """Return the values of a setting, written as in CloudFormation (``JwtConfiguration``) or OpenAPI."""
    written = value.get(*keys)
    if not all(found.absent for found in written):
        return written
    return value.get(*(key[0].lower() + key[1:] for key in keys))


def in_globals(resource: Resource, fix: str) -> str:
    """Say of what an API needs where it is written for the one that SAM makes of events: it has no resource.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    kind = next(
        (kind for prefix, kind in _IMPLICIT.items() if resource.by_sam and resource.id.startswith(prefix)), None
    )
    return f"Globals: {{{kind}: {{{fix}}}}}" if kind else fix


def properties(resource: Resource) -> Value:
    """Return all of a resource's properties as one value."""
    return resource.part("Properties")[0]


def _v2_routes(system: System) -> Iterator[Route]:
    for route in system.of_type(V2_ROUTE):
        api = system.first_target(route.get("ApiId"), V2_API)
        key = route.get("RouteKey")[0].text
        kind = kind_of(api) if api else _kind_by_key(key)
        method = key.partition(" ")[0] if key and " /" in key else ""
        yield Route(api, kind, route, key or route.id, method, properties(route))


def _kind_by_key(key: str | None) -> str:
    """Tell the kind of an API that is elsewhere by what only one kind has; both have ``$default``."""
    if key is None or key == "$default":
        return UNKNOWN_KIND
    return HTTP if " /" in key else WEBSOCKET


def _methods(system: System) -> Iterator[Route]:
    paths: dict[Resource, str | None] = {}
    for method in system.of_type(METHOD):
        api = system.first_target(method.get("RestApiId"), REST_API)
        verb = (method.get("HttpMethod")[0].text or "").upper()
        path = _path(system, method.get("ResourceId")[0], paths)
        name = method.id if path is None or not verb else f"{verb} {path or '/'}"
        yield Route(api, REST, method, name, verb, properties(method))


def _path(system: System, value: Value, known: dict[Resource, str | None]) -> str | None:
    """Return the path of a REST API's resource, empty for its root, and note those on the way."""
    chain: list[Resource] = []
    path: str | None = None
    for _ in range(_DEEPEST_PATH):
        if any(reference.attribute == "RootResourceId" for reference in value.references):
            path = ""
            break
        resource = system.target(value, "AWS::ApiGateway::Resource")
        if resource is None or resource in known:
            path = known[resource] if resource else None
            break
        chain.append(resource)
        value = resource.get("ParentId")[0]
    for resource in reversed(chain):
        part = resource.get("PathPart")[0].text
        path = known[resource] = None if path is None or part is None else f"{path}/{part}"
    return path


def _quick_created(system: System) -> Iterator[Route]:
    """Yield the routes of APIs that name their target: each API has one, and overrides may change it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apigatewaymanagedoverrides.html
    """
    for api in quick_created(system):
        name = api.get("RouteKey")[0].text or "$default"
        method = name.partition(" ")[0] if " /" in name else ""
        override = override_of(system, api)
        holder = override or api
        value = override.get("Route")[0] if override else properties(api)
        yield Route(api, HTTP, holder, name, method, value)


def quick_created(system: System) -> Iterator[Resource]:
    """Return the HTTP APIs that come with an integration, a route and a stage."""
    for api in system.of_type(V2_API):
        if any(target.known and not target.absent for target in api.get("Target")):
            yield api


def override_of(system: System, api: Resource) -> Resource | None:
    """Return what overrides the stage and the route that an API came with."""
    for override in system.of_type("AWS::ApiGatewayV2::ApiGatewayManagedOverrides"):
        if any(system.target(value, V2_API) is api for value in override.get("ApiId")):
            return override
    return None
