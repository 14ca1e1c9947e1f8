import json
import re

from aws_lambda_powertools.event_handler.openapi.models import APIKey, APIKeyIn
from pydantic import BaseModel

from cumulo.runtime import http, openapi


class Thing(BaseModel):
    """A thing </script><script>alert(1)</script>."""

    name: str


def document():
    app = http.resolver()

    @app.post("/things")
    def create(thing: Thing) -> Thing:
        return thing

    key = APIKey(name="x-api-key", in_=APIKeyIn.header)
    return openapi.document(app, title="Things", version="1.0.0", security_schemes={"key": key})


def test_every_route_describes_its_errors_in_the_shape():
    spec = document()
    responses = spec["paths"]["/things"]["post"]["responses"]
    assert set(responses) == {"200", "default"}
    assert responses["default"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert set(spec["components"]["schemas"]) == {"Thing", "Error"}
    assert spec["security"] == [{"key": []}]


def test_every_reference_leads_somewhere():
    spec = document()
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(spec)):
        assert name in spec["components"]["schemas"]


def test_the_page_needs_no_other_server_and_the_document_cannot_end_its_script():
    page = openapi.page(document())
    assert "SwaggerUIBundle" in page
    assert not re.search(r"<(script|link)[^>]*(src|href)=", page)
    assert "alert(1)<\\/script>" in page
    assert "alert(1)</script>" not in page
