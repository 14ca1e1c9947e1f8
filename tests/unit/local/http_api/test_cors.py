"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html."""

import pytest

from ._api import authorizer, gateway, world

CORS = {
    "AllowOrigins": ["https://app.example", "http://localhost:5173"],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["authorization", "content-type"],
    "ExposeHeaders": ["x-count"],
    "AllowCredentials": True,
    "MaxAge": 300,
}
PREFLIGHT = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}


def answers(event):
    return {"statusCode": 200, "headers": {"access-control-allow-origin": "https://evil.example", "x-count": "1"}}


def cors_headers(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


async def test_a_preflight_request_is_answered_without_the_function():
    api = gateway(world({"GET /a": "f"}, cors=CORS), f=answers)
    answer = await api.call("OPTIONS", "/a", PREFLIGHT)
    assert (answer.status, answer.body, api.functions.calls) == (204, b"", [])
    assert cors_headers(answer) == {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-count",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,content-type",
        "access-control-max-age": "300",
    }
    assert "content-length" not in answer.headers


async def test_a_route_for_any_method_does_not_get_preflight_requests():
    api = gateway(world({"$default": "f", "OPTIONS /a": "f"}, cors=CORS), f=answers)
    assert (await api.call("OPTIONS", "/a", PREFLIGHT)).status == 204
    assert (await api.call("OPTIONS", "/b", PREFLIGHT)).status == 204
    assert api.functions.calls == []


async def test_other_options_requests_get_to_their_route():
    api = gateway(world({"OPTIONS /a": "f"}, cors=CORS), f=answers)
    assert (await api.call("OPTIONS", "/a", {"Origin": "https://app.example"})).status == 200
    assert api.functions.calls == ["f"]


async def test_a_preflight_request_meets_the_authorizer_of_a_route_that_takes_options():
    """Add an OPTIONS route without an authorizer, says the page, when ``$default`` has one."""
    more = (authorizer(),)
    guarded = gateway(world({"$default": "f"}, guarded=("$default",), more=more, cors=CORS), f=answers)
    answer = await guarded.call("OPTIONS", "/a", PREFLIGHT)
    assert answer.status == 401
    routes = {"$default": "f", "OPTIONS /{proxy+}": "f"}
    opened = gateway(world(routes, guarded=("$default",), more=more, cors=CORS), f=answers)
    assert (await opened.call("OPTIONS", "/a", PREFLIGHT)).status == 204


async def test_without_configuration_options_is_a_method_like_others():
    api = gateway(world({"ANY /a": "f"}), f=answers)
    assert (await api.call("OPTIONS", "/a", PREFLIGHT)).status == 200
    assert (await api.call("OPTIONS", "/b", PREFLIGHT)).status == 404


async def test_configured_headers_replace_those_of_the_function():
    api = gateway(world({"GET /a": "f"}, cors=CORS), f=answers)
    answer = await api.call("GET", "/a", {"Origin": "https://app.example"})
    assert cors_headers(answer) == {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-count",
    }
    assert answer.headers["x-count"] == "1"
    assert cors_headers(await api.call("GET", "/a")) == {}


async def test_without_configuration_the_functions_headers_stay():
    api = gateway(world({"GET /a": "f"}), f=answers)
    answer = await api.call("GET", "/a", {"Origin": "https://app.example"})
    assert cors_headers(answer) == {"access-control-allow-origin": "https://evil.example"}


async def test_errors_of_the_gateway_can_be_read_across_origins():
    api = gateway(world({"GET /a": "f"}, cors=CORS), f=answers)
    answer = await api.call("GET", "/none", {"Origin": "https://app.example"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, "https://app.example")


@pytest.mark.parametrize(
    ("allowed", "origin", "answer"),
    [
        (["*"], "https://any.example", "*"),
        (["https://*"], "https://any.example", "https://any.example"),
        (["https://*"], "http://any.example", None),
        (["http://*"], "http://any.example", "http://any.example"),
        (["https://a.example"], "https://A.example", "https://A.example"),
        (["https://a.example"], "https://a.example.evil.example", None),
        (["https://a.example"], "null", None),
        ([], "https://a.example", None),
    ],
)
async def test_allowed_origins(allowed, origin, answer):
    api = gateway(world({"GET /a": "f"}, cors={"AllowOrigins": allowed, "MaxAge": 1}), f=answers)
    got = await api.call("OPTIONS", "/a", {**PREFLIGHT, "Origin": origin})
    assert got.status == 204
    assert got.headers.get("access-control-allow-origin") == answer
    assert ("access-control-max-age" in got.headers) == (answer is not None)
