"""The OpenAPI document of a router, with the error shape, and a page to read it that needs no other server."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
ERROR_RESPONSE = {
    "description": "An error",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def document(
    app: APIGatewayHttpResolver,
    *,
    title: str,
    version: str,
    description: str | None = None,
    security_schemes: Mapping[str, SecurityScheme] | None = None,
) -> dict[str, Any]:
    """Return the OpenAPI document of a router's routes.

    Parameters
    ----------
    app
        The router.
    title, version, description
        What the document says of the API.
    security_schemes
        How callers identify themselves; each is asked for on every route.
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
    for operations in spec.get("paths", {}).values():
        for operation in operations.values():
            for status in ("422", "500"):
                operation["responses"].pop(status, None)
            operation["responses"]["default"] = ERROR_RESPONSE
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    for name in POWERTOOLS_SCHEMAS:
        schemas.pop(name, None)
    schemas["Error"] = ERROR_SCHEMA
    return spec


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
