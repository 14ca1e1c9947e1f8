"""The OpenAPI document of a router, with the error shape, and a page to read it that needs no other server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
    from aws_lambda_powertools.event_handler.openapi.models import SecurityScheme

ERROR_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "title": "Error",
    "required": ["error", "timestamp", "requestId"],
    "properties": {
        "error": {"type": "string", "description": "What is wrong, in a sentence."},
        "timestamp": {"type": "string", "format": "date-time"},
        "requestId": {"type": "string", "description": "Also in the header x-request-id: quote it when you ask us."},
        "details": {
            "type": "array",
            "description": "Which fields are not valid.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
# What Powertools describes for validation errors; cumulo.runtime.http answers them in its own shape.
POWERTOOLS_SCHEMAS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
POWERTOOLS_STATUS = ("422", "500")
ERROR_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
MEANING: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "The request is not valid; details name the fields",
    HTTPStatus.UNAUTHORIZED: "The caller does not say who it is",
    HTTPStatus.FORBIDDEN: "The caller may not do this",
    HTTPStatus.NOT_FOUND: "There is none",
    HTTPStatus.CONFLICT: "What is stored does not allow the change",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not sent as JSON",
    HTTPStatus.TOO_MANY_REQUESTS: "Asked too often just now; Retry-After says how many seconds to wait",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side",
}


def document(
    app: APIGatewayHttpResolver,
    *,
    title: str,
    version: str,
    description: str | None = None,
    security_schemes: Mapping[str, SecurityScheme] | None = None,
    paths: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the OpenAPI document of a router's routes, each with the errors that it can answer with.

    Which errors follows from the operation: 400 from parameters and body, 401 and 403 from the security schemes, 404
    from a path with a parameter, 409, 413 and 415 from a body; 429 and 500 are always there. What a route declares
    itself (``responses=`` of Powertools) stays, save for 422 and 500, which Powertools fills in.

    Parameters
    ----------
    app
        The router.
    title, version, description
        What the document says of the API.
    security_schemes
        How callers identify themselves; each is asked for on every route.
    paths
        Path items of routes that are no part of the router, in OpenAPI's own words; they are taken as they are.
    """
    spec: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(
            title=title,
            version=version,
            description=description,
            security_schemes=dict(security_schemes) if security_schemes else None,
            security=[{name: []} for name in security_schemes] if security_schemes else None,
        )
    )
    for path, operations in spec.setdefault("paths", {}).items():
        for operation in operations.values():
            operation["responses"] = _with_errors(operation, named="{" in path, secured=bool(security_schemes))
    spec["paths"].update(paths or {})
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    for name in POWERTOOLS_SCHEMAS:
        schemas.pop(name, None)
    schemas["Error"] = ERROR_SCHEMA
    return spec


def _with_errors(operation: Mapping[str, Any], *, named: bool, secured: bool) -> dict[str, Any]:
    own = {status: answer for status, answer in operation["responses"].items() if status not in POWERTOOLS_STATUS}
    errors = {
        str(int(status)): {"description": MEANING[status], "content": ERROR_CONTENT}
        for status in _errors(operation, named=named, secured=secured)
    }
    return dict(sorted({**errors, **own}.items()))


def _errors(operation: Mapping[str, Any], *, named: bool, secured: bool) -> Iterator[HTTPStatus]:
    """Return the errors of an operation: ``named`` has a parameter in its path, ``secured`` asks who calls."""
    if operation.get("parameters") or "requestBody" in operation:
        yield HTTPStatus.BAD_REQUEST
    if secured:
        yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    if named:
        yield HTTPStatus.NOT_FOUND
    if "requestBody" in operation:
        yield from (HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    yield from (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR)


def page(spec: Mapping[str, Any]) -> str:
    """Return a Swagger page of an OpenAPI document, with its script and style inside."""
    from aws_lambda_powertools.event_handler.openapi.swagger_ui import generate_swagger_html

    assets = resources.files("aws_lambda_powertools.event_handler.openapi") / "swagger_ui"
    return generate_swagger_html(
        spec=json.dumps(spec).replace("</", "<\\/"),  # nothing in the document may end the script
        swagger_js=(assets / "swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        swagger_css=(assets / "swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
