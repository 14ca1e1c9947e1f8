"""Which web pages may call what, whatever way a template says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cumulo.guidelines.relations.apis import METHOD, REST, REST_API, V2_API, Route, in_globals, routes
from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Value

ANY_ORIGIN = ("*", "http://*", "https://*")
_REST_FIX = "method.response.header.Access-Control-Allow-Origin: \"'https://app.example.com'\""
_SAM_REST_FIX = "Cors: {AllowOrigin: \"'https://app.example.com'\"}"
_SAM_HTTP_FIX = 'CorsConfiguration: {AllowOrigins: ["https://app.example.com"]}'

_HEADER = "method.response.header.Access-Control-Allow-"


@dataclass(frozen=True, eq=False)
class Cors:
    """What one resource answers to web pages of other origins.

    Parameters
    ----------
    holder
        The resource that says so: an API, a function URL, a method of a REST API that is elsewhere.
    origins
        The origins that may call, each with every value it may have.
    credentials
        Whether they may send cookies and the like, likewise.
    """

    holder: Resource
    origins: tuple[Value, ...]
    credentials: tuple[Value, ...]


@once
def cors(system: System) -> Sequence[Cors]:
    """Return what resources say about other origins.

    HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html; REST APIs, where a
    method's integration sets the headers: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html;
    function URLs: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html.
    """
    return (*_of_apis_and_urls(system), *_of_methods(system))


def _of_apis_and_urls(system: System) -> Iterator[Cors]:
    for holder, key in ((V2_API, "CorsConfiguration"), ("AWS::Lambda::Url", "Cors")):
        for resource in system.of_type(holder):
            for value in resource.get(key):
                yield _stated(resource, value, "AllowOrigins", "AllowCredentials")
    for api in system.of_type(V2_API):
        for value in api.get("Body", "x-amazon-apigateway-cors"):
            yield _stated(api, value, "allowOrigins", "allowCredentials")


def _of_methods(system: System) -> Iterator[Cors]:
    for route in routes(system):
        if route.kind == REST:
            for headers in _response_headers(route):
                yield Cors(_speaker(route), headers.get(_HEADER + "Origin"), headers.get(_HEADER + "Credentials"))


def fix_of(holder: Resource) -> str | None:
    """Return what is written instead where it is not what HTTP APIs write."""
    if holder.type in (REST_API, METHOD):
        return in_globals(holder, _SAM_REST_FIX) if holder.by_sam else _REST_FIX
    return in_globals(holder, _SAM_HTTP_FIX) if holder.by_sam and holder.type == V2_API else None


def is_any(origin: Value) -> bool:
    """Tell whether an origin stands for every site; REST APIs write fixed headers in single quotes."""
    return (origin.text or "").strip("'") in ANY_ORIGIN


def is_true(value: Value) -> bool:
    """Tell whether a flag is certainly set; REST APIs write fixed headers in single quotes."""
    return bool(value.flag) or (value.text or "").strip("'").lower() == "true"


def _stated(holder: Resource, value: Value, origins: str, credentials: str) -> Cors:
    return Cors(holder, value.listed(origins), value.get(credentials))


def _speaker(route: Route) -> Resource:
    """Return the API where it stands beside its method: one answer for all of its methods, not one for each."""
    api = route.api
    return api if api is not None and api.stack is route.holder.stack else route.holder


def _response_headers(route: Route) -> Iterator[Value]:
    if route.body is None:
        for response in route.value.listed("Integration", "IntegrationResponses"):
            yield from response.get("ResponseParameters")
        return
    for responses in route.value.get("x-amazon-apigateway-integration", "responses"):
        for _, response in responses.fields():
            yield from response.get("responseParameters")
