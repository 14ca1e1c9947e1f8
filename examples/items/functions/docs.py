"""``GET /openapi.json`` and ``GET /docs``: what the API offers, for programs and for people."""

import functools

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.models import APIKey, APIKeyIn
from items import routes

from cumulo.runtime import http, openapi

# All that the page needs is inside it, and it may talk to this API only.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'"
# It has no router: functions/health.py answers it.
HEALTH = {
    "summary": "Say that the API answers",
    "operationId": "health",
    "tags": ["health"],
    "security": [],
    "responses": {
        "200": {
            "description": "It does",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["status"],
                        "properties": {"status": {"type": "string", "const": "ok"}},
                    }
                }
            },
        }
    },
}

described = http.resolver()
described.include_router(routes.router)
app = http.resolver()
handler = http.handler(app)


@functools.cache
def document() -> dict:
    """Return the OpenAPI document of the item routes and of ``/health``."""
    return openapi.document(
        described,
        title="Items",
        version="1.0.0",
        description="Items that are kept by category.",
        security_schemes={"api-key": APIKey(name="x-api-key", in_=APIKeyIn.header)},
        paths={"/health": {"get": HEALTH}},
    )


@app.get("/openapi.json")
def openapi_json() -> dict:
    """Answer with the OpenAPI document."""
    return document()


@app.get("/docs", compress=True)
def docs() -> Response[str]:
    """Answer with the Swagger page."""
    page = openapi.page(document())
    return Response(
        200, content_type="text/html; charset=utf-8", body=page, headers={"Content-Security-Policy": POLICY}
    )
