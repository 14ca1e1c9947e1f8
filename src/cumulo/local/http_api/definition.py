"""An HTTP API as its resources declare it, checked once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cumulo.errors import CumuloError
from cumulo.local.http_api.cors import Cors
from cumulo.local.http_api.throttle import Limit
from cumulo.local.world import Resource, World

MAX_TIMEOUT = 30.0
"""The longest integration timeout of an HTTP API, in seconds, and the default."""

_INVOCATION_URI = re.compile(r"arn:[^:]+:apigateway:[^:]+:lambda:path/2015-03-31/functions/(.+)/invocations")


@dataclass(frozen=True, slots=True)
class Integration:
    """A Lambda proxy integration: the function's ARN, ``"1.0"`` or ``"2.0"``, and the timeout in seconds."""

    function: str
    payload_format: str
    timeout: float


@dataclass(frozen=True, slots=True)
class Authorizer:
    """An authorizer: its type, function, and how its answers are read and kept (``ttl`` in seconds).

    A JWT authorizer has an issuer and audiences instead of a function, and the scopes of the route that it guards.
    """

    name: str
    type: str
    function: str
    identity_sources: tuple[str, ...]
    ttl: float
    simple_responses: bool
    payload_format: str
    issuer: str = ""
    audience: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A route: its key, where it leads, and who guards it."""

    key: str
    integration: Integration
    authorizer: Authorizer | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: variables, access log format, and the throttling of routes (``None`` is every other route)."""

    name: str
    variables: Mapping[str, str]
    log_format: str | None
    limits: Mapping[str | None, Limit]


@dataclass(frozen=True, slots=True)
class Api:
    """An HTTP API with all that belongs to it."""

    id: str
    name: str
    account: str
    region: str
    cors: Cors | None
    routes: tuple[Route, ...]
    stages: tuple[Stage, ...]


def read_api(world: World, api_id: str) -> Api:
    """Read an HTTP API from a world.

    Parameters
    ----------
    world
        The resources.
    api_id
        Physical id of the ``AWS::ApiGatewayV2::Api``.

    Returns
    -------
    Api

    Raises
    ------
    CumuloError
        When there is no such API, or it uses what does not run locally.
    """
    resource = next((r for r in world.of_type("AWS::ApiGatewayV2::Api") if r.physical_id == api_id), None)
    if resource is None:
        raise CumuloError(f"there is no HTTP API '{api_id}'")
    properties = resource.properties
    if properties.get("ProtocolType", "HTTP") != "HTTP":
        raise CumuloError("the API is not an HTTP API", where=_where(resource))
    for unsupported in ("Body", "BodyS3Location", "Target"):
        if unsupported in properties:
            hint = "declare AWS::ApiGatewayV2::Route and AWS::ApiGatewayV2::Integration resources"
            raise CumuloError(f"{unsupported} does not run locally", where=_where(resource), hint=hint)
    cors = properties.get("CorsConfiguration")
    return Api(
        id=api_id,
        name=str(properties.get("Name", resource.logical_id)),
        account=world.account,
        region=world.region,
        cors=Cors(cors) if cors else None,
        routes=tuple(_routes(world, api_id)),
        stages=tuple(_stage(r) for r in _belonging(world, "Stage", api_id)),
    )


def _belonging(world: World, kind: str, api_id: str) -> Iterator[Resource]:
    for resource in world.of_type(f"AWS::ApiGatewayV2::{kind}"):
        if resource.properties.get("ApiId") == api_id:
            yield resource


def _routes(world: World, api_id: str) -> Iterator[Route]:
    integrations = {r.physical_id: r for r in _belonging(world, "Integration", api_id)}
    authorizers = {r.physical_id: r for r in _belonging(world, "Authorizer", api_id)}
    for resource in _belonging(world, "Route", api_id):
        target = str(resource.properties.get("Target", "")).removeprefix("integrations/")
        if target not in integrations:
            raise CumuloError("the route leads to no integration of its API", where=_where(resource))
        yield Route(
            key=str(resource.properties["RouteKey"]),
            integration=_integration(integrations[target]),
            authorizer=_authorizer_of(resource, authorizers),
        )


def _integration(resource: Resource) -> Integration:
    properties = resource.properties
    if properties.get("IntegrationType") != "AWS_PROXY" or "IntegrationSubtype" in properties:
        kind = properties.get("IntegrationSubtype") or properties.get("IntegrationType")
        raise CumuloError(
            f"{kind} integrations do not run locally",
            where=_where(resource),
            hint="only Lambda proxy integrations (AWS_PROXY) do",
        )
    return Integration(
        function=_function_arn(str(properties.get("IntegrationUri", ""))),
        payload_format=_payload_format(resource, "PayloadFormatVersion"),
        timeout=min(float(properties.get("TimeoutInMillis", MAX_TIMEOUT * 1000)) / 1000, MAX_TIMEOUT),
    )


def _authorizer_of(route: Resource, authorizers: Mapping[str, Resource]) -> Authorizer | None:
    type_ = route.properties.get("AuthorizationType", "NONE")
    if type_ == "NONE":
        return None
    if type_ == "AWS_IAM":
        raise CumuloError("IAM authorization does not run locally", where=_where(route))
    resource = authorizers.get(str(route.properties.get("AuthorizerId")))
    if resource is None:
        raise CumuloError("the route names no authorizer of its API", where=_where(route))
    properties = resource.properties
    jwt = properties.get("JwtConfiguration") or {}
    return Authorizer(
        name=str(properties.get("Name", resource.logical_id)),
        type=str(properties.get("AuthorizerType")),
        function=_function_arn(str(properties.get("AuthorizerUri", ""))),
        identity_sources=tuple(properties.get("IdentitySource") or ()),
        ttl=float(properties.get("AuthorizerResultTtlInSeconds") or 0),
        simple_responses=properties.get("EnableSimpleResponses") in (True, "true"),
        payload_format=_payload_format(resource, "AuthorizerPayloadFormatVersion"),
        issuer=str(jwt.get("Issuer", "")),
        audience=tuple(jwt.get("Audience") or ()),
        scopes=tuple(route.properties.get("AuthorizationScopes") or ()),
    )


def _stage(resource: Resource) -> Stage:
    properties = resource.properties
    limits: dict[str | None, Limit] = {}
    settings = {None: properties.get("DefaultRouteSettings"), **(properties.get("RouteSettings") or {})}
    for key, setting in settings.items():
        if setting and ("ThrottlingRateLimit" in setting or "ThrottlingBurstLimit" in setting):
            rate = float(setting.get("ThrottlingRateLimit", "inf"))
            # A rate without a burst: API Gateway's own burst quota is 5,000.
            limits[key] = Limit(rate=rate, burst=int(setting.get("ThrottlingBurstLimit", 5000)))
    return Stage(
        name=str(properties["StageName"]),
        variables={name: str(value) for name, value in (properties.get("StageVariables") or {}).items()},
        log_format=(properties.get("AccessLogSettings") or {}).get("Format"),
        limits=limits,
    )


def _function_arn(uri: str) -> str:
    invocation = _INVOCATION_URI.fullmatch(uri)
    return invocation[1] if invocation else uri


def _payload_format(resource: Resource, name: str) -> str:
    value = str(resource.properties.get(name, "1.0"))
    if value not in ("1.0", "2.0"):
        raise CumuloError(f"{name} is {value}", where=_where(resource), hint="use 1.0 or 2.0")
    return value


def _where(resource: Resource) -> str:
    return f"{resource.type} '{resource.logical_id}' in stack '{resource.stack}'"
