"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.local.http_api.event import encode_body
from cumulo.local.http_api.request import Request

from ._api import echo, gateway, world


async def test_format_2_0_of_a_full_request():
    api = gateway(world({"POST /pets/{id}": "f"}, stage={"StageVariables": {"color": "blue"}}), f=echo)
    answer = await api.call(
        "POST",
        "/pets/black%20cat?a=1&a=2&b=x%20y+z&c",
        [
            ("User-Agent", "agent"),
            ("Accept", "text/html"),
            ("Accept", "text/plain"),
            ("Cookie", "one=1; two=2"),
            ("Cookie", "three=3"),
            ("Content-Type", "application/json"),
            ("X-Amzn-Trace-Id", "Root=1-0-0"),
            ("Connection", "keep-alive"),
        ],
        b'{"name": "Mimi"}',
    )
    assert answer.status == 200
    request_id = answer.headers["apigw-requestid"]
    assert answer.json() == api.event
    assert api.event == {
        "version": "2.0",
        "routeKey": "POST /pets/{id}",
        "rawPath": "/pets/black cat",
        "rawQueryString": "a=1&a=2&b=x%20y+z&c",
        "cookies": ["one=1", "two=2", "three=3"],
        "headers": {
            "host": "127.0.0.1:3000",
            "user-agent": "agent",
            "accept": "text/html,text/plain",
            "content-type": "application/json",
            "content-length": "16",
            "x-amzn-trace-id": "Root=1-0-0",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "3000",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"a": "1,2", "b": "x y z", "c": ""},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api1",
            "domainName": "127.0.0.1:3000",
            "domainPrefix": "127",
            "http": {
                "method": "POST",
                "path": "/pets/black cat",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "agent",
            },
            "requestId": request_id,
            "routeKey": "POST /pets/{id}",
            "stage": "$default",
            "time": "11/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583953438000,
        },
        "pathParameters": {"id": "black cat"},
        "stageVariables": {"color": "blue"},
        "body": '{"name": "Mimi"}',
        "isBase64Encoded": False,
    }


async def test_format_2_0_leaves_out_what_the_request_does_not_have():
    api = gateway(world({"GET /": "f"}), f=echo)
    await api.call("GET", "/")
    absent = {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}
    assert not absent & api.event.keys()
    assert "authorizer" not in api.event["requestContext"]
    assert api.event["rawQueryString"] == ""
    assert api.event["headers"]["content-length"] == "0"
    assert api.event["headers"]["x-amzn-trace-id"].startswith("Root=1-5e69361e-")


async def test_a_named_stage_is_part_of_the_path_but_not_of_the_route():
    api = gateway(world({"GET /pets": "f"}, stage={"StageName": "dev"}), f=echo)
    await api.call("GET", "/dev/pets")
    assert (api.event["rawPath"], api.event["requestContext"]["http"]["path"]) == ("/dev/pets", "/dev/pets")
    assert (api.event["routeKey"], api.event["requestContext"]["stage"]) == ("GET /pets", "dev")


async def test_format_1_0():
    api = gateway(world({"POST /pets/{id}": "f"}, integration={"PayloadFormatVersion": "1.0"}), f=echo)
    headers = [("X-Tag", "a"), ("X-Tag", "b"), ("Cookie", "one=1"), ("Content-Type", "text/plain"), ("User-Agent", "u")]
    answer = await api.call("POST", "/pets/7?a=1&a=2", headers, b"hello")
    event = answer.json()
    request_id = answer.headers["apigw-requestid"]
    assert event["multiValueHeaders"]["x-tag"] == ["a", "b"]
    assert event["headers"]["x-tag"] == "b"
    assert event["headers"]["cookie"] == "one=1"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["queryStringParameters"] == {"a": "2"}
    context = event.pop("requestContext")
    assert context.pop("identity")["userAgent"] == "u"
    assert context == {
        "accountId": "123456789012",
        "apiId": "api1",
        "authorizer": {"claims": None, "scopes": None},
        "domainName": "127.0.0.1:3000",
        "domainPrefix": "127",
        "extendedRequestId": request_id,
        "httpMethod": "POST",
        "path": "/pets/7",
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": "11/Mar/2020:19:03:58 +0000",
        "requestTimeEpoch": 1583953438000,
        "resourceId": "POST /pets/{id}",
        "resourcePath": "/pets/{id}",
        "stage": "$default",
    }
    for name in ("headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters"):
        del event[name]
    assert event == {
        "version": "1.0",
        "resource": "/pets/{id}",
        "path": "/pets/7",
        "httpMethod": "POST",
        "pathParameters": {"id": "7"},
        "stageVariables": None,
        "body": "hello",
        "isBase64Encoded": False,
    }


async def test_format_1_0_has_null_for_what_the_request_does_not_have():
    api = gateway(world({"GET /": "f"}, integration={"PayloadFormatVersion": "1.0"}), f=echo)
    await api.call("GET", "/")
    absent = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    assert [api.event[name] for name in absent] == [None] * 5


def with_body(body, content_type=None):
    headers = {} if content_type is None else {"content-type": content_type}
    return Request("id", 0.0, "POST", "HTTP/1.1", "/", "/", "", headers, [], [], "127.0.0.1", body)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/XML",
        "application/javascript",
        "text/plain",
        "text/csv",
    ],
)
def test_a_text_type_comes_as_text(content_type):
    assert encode_body(with_body("köder".encode(), content_type)) == ("köder", False)


@pytest.mark.parametrize(
    "content_type", [None, "image/png", "application/octet-stream", "application/x-www-form-urlencoded", "multipart/x"]
)
def test_any_other_type_and_none_at_all_come_as_base64(content_type):
    assert encode_body(with_body(b"a=b", content_type)) == ("YT1i", True)


@given(st.binary(min_size=1), st.sampled_from([None, "text/plain", "application/json", "image/png"]))
def test_no_body_is_ever_lost(body, content_type):
    text, encoded = encode_body(with_body(body, content_type))
    assert (b64decode(text) if encoded else text.encode()) == body
