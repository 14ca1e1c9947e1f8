import json
import re

from aws_lambda_powertools.event_handler.openapi.models import APIKey, APIKeyIn
from pydantic import BaseModel

from cumulo.runtime import http, openapi

ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
NO_THING = {"description": "There is no such thing", "content": ERROR}


class Thing(BaseModel):
    """A thing </script><script>alert(1)</script>."""

    name: str


def router():
    app = http.resolver()

    @app.post("/things")
    def create(thing: Thing) -> Thing:
        return thing

    @app.get("/things/<name>", responses={200: {"description": "It"}, 404: NO_THING})
    def read(name: str) -> Thing:
        return Thing(name=name)

    @app.get("/all")
    def everything() -> list[Thing]:
        return []

    return app


def document():
    key = APIKey(name="x-api-key", in_=APIKeyIn.header)
    return openapi.document(router(), title="Things", version="1.0.0", security_schemes={"key": key})


def test_every_route_describes_its_errors_in_the_shape():
    spec = document()
    shape = {"$ref": "#/components/schemas/Error"}
    for operations in spec["paths"].values():
        for operation in operations.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert {"429", "500"} <= set(errors)
            assert all(answer["content"]["application/json"]["schema"] == shape for answer in errors.values())
            assert all(answer["description"] for answer in errors.values())
    assert set(spec["components"]["schemas"]) == {"Thing", "Error"}
    assert spec["security"] == [{"key": []}]


def statuses(spec, method, path):
    return set(spec["paths"][path][method]["responses"])


def test_an_operation_has_the_errors_that_it_can_answer_with():
    spec = document()
    body = {"200", "400", "401", "403", "409", "413", "415", "429", "500"}
    assert statuses(spec, "post", "/things") == body
    assert statuses(spec, "get", "/things/{name}") == {"200", "400", "401", "403", "404", "429", "500"}
    assert statuses(spec, "get", "/all") == {"200", "401", "403", "429", "500"}
    without_security = openapi.document(router(), title="Things", version="1.0.0")
    assert statuses(without_security, "post", "/things") == body - {"401", "403"}
    assert statuses(without_security, "get", "/all") == {"200", "429", "500"}


def test_what_a_route_declares_itself_stays():
    answer = document()["paths"]["/things/{name}"]["get"]["responses"]["404"]
    assert answer["description"] == "There is no such thing"


def test_routes_without_a_router_are_taken_as_they_are():
    item = {"get": {"responses": {"200": {"description": "OK"}}}}
    spec = openapi.document(router(), title="Things", version="1.0.0", paths={"/plain": item})
    assert spec["paths"]["/plain"] == item
    assert set(spec["paths"]) == {"/things", "/things/{name}", "/all", "/plain"}
    assert openapi.document(http.resolver(), title="None", version="1", paths={"/plain": item})["paths"] == {
        "/plain": item
    }


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
