"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html."""

import json

import pytest

from ._api import FunctionError, authorizer, echo, gateway, world


def logging(format_, *, routes=None, **more):
    stage = {"AccessLogSettings": {"DestinationArn": "arn:aws:logs:::x", "Format": format_}}
    return world(routes or {"GET /a/{id}": "f"}, stage=stage, **more)


def ok(event):
    return {"statusCode": 201, "body": "hello"}


async def line(format_, function=ok, target="/a/1", headers=(), **more):
    api = gateway(logging(format_, **more), f=function, guard=lambda e: {"isAuthorized": True, "context": {"n": 1}})
    answer = await api.call("GET", target, headers)
    (entry,) = api.entries("log")
    assert entry.subject == "shop"
    assert entry.request_id == answer.headers["apigw-requestid"]
    return entry.text


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("accountId", "123456789012"),
        ("apiId", "api1"),
        ("awsEndpointRequestId", "invocation-1"),
        ("dataProcessed", "5"),
        ("domainName", "127.0.0.1:3000"),
        ("httpMethod", "GET"),
        ("identity.sourceIp", "127.0.0.1"),
        ("identity.userAgent", "curl"),
        ("integration.integrationStatus", "200"),
        ("integration.requestId", "invocation-1"),
        ("integration.status", "201"),
        ("integrationErrorMessage", "-"),
        ("integrationStatus", "200"),
        ("path", "/a/1"),
        ("protocol", "HTTP/1.1"),
        ("requestTime", "11/Mar/2020:19:03:58 +0000"),
        ("requestTimeEpoch", "1583953438000"),
        ("responseLength", "5"),
        ("routeKey", "GET /a/{id}"),
        ("stage", "$default"),
        ("status", "201"),
        ("error.message", "-"),
        ("error.messageString", "-"),
        ("authorizer.principalId", "-"),
        ("authorizer.x", "-"),
        ("identity.userArn", "-"),
        ("nonsense", "-"),
    ],
)
async def test_variables_of_a_request_that_went_well(variable, value):
    assert await line(f"[$context.{variable}]", headers={"User-Agent": "curl"}) == f"[{value}]"


@pytest.mark.parametrize("variable", ["responseLatency", "integrationLatency", "integration.latency"])
async def test_latencies_are_whole_milliseconds(variable):
    assert (await line(f"$context.{variable}")).isdigit()


async def test_request_and_extended_request_id_are_those_of_the_response():
    api = gateway(logging("$context.requestId $context.extendedRequestId"), f=ok)
    answer = await api.call("GET", "/a/1")
    request_id = answer.headers["apigw-requestid"]
    assert api.entries("log")[0].text == f"{request_id} {request_id}"


async def test_a_variable_ends_where_its_name_ends():
    assert await line('"$context.status", 100% $context.status. %s') == '"201", 100% 201. %s'


async def test_what_an_authorizer_returned():
    more = {"guarded": ("GET /a/{id}",), "more": (authorizer(IdentitySource=[]),)}
    assert await line("$context.authorizer.n $context.authorizer.error", **more) == "1 -"


async def test_an_error_of_the_gateway():
    format_ = "$context.status $context.error.message $context.error.messageString $context.error.responseType"
    assert await line(format_, target="/b") == '404 Not Found "Not Found" NOT_FOUND'


async def test_an_error_of_the_function():
    def fails(event):
        raise FunctionError("secret")

    text = await line("$context.status $context.integrationErrorMessage $context.integration.status", fails)
    assert text == "500 The Lambda function returned the following error: Unhandled -"


async def test_values_cannot_break_a_json_line():
    format_ = '{"agent":"$context.identity.userAgent","path":"$context.path","status":$context.status}'
    text = await line(format_, target="/a/%22%0A%5C", headers={"User-Agent": 'x","evil":"1'})
    assert json.loads(text) == {"agent": 'x","evil":"1', "path": '/a/"\n\\', "status": 201}
    assert "\n" not in text


async def test_a_stage_without_access_log_settings_writes_no_line():
    api = gateway(world({"GET /": "f"}), f=echo)
    await api.call("GET", "/")
    assert api.entries("log") == []
