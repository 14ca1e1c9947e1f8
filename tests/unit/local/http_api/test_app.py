"""The whole gateway, from an ASGI scope to a response."""

import asyncio
import json

import pytest

from cumulo.errors import CumuloError
from cumulo.local.http_api import request as request_module
from cumulo.local.http_api.app import http_api
from cumulo.local.http_api.hosts import is_loopback
from cumulo.local.http_api.message import Message
from cumulo.local.invoking import RequestTooLargeError

from ._api import FunctionError, ThrottledError, arn, echo, gateway, resource, world

INTERNAL = (500, {"message": "Internal Server Error"})


def raising(error):
    def function(event):
        raise error

    return function


async def test_a_response_has_what_api_gateway_adds():
    api = gateway(world({"GET /": "f"}), f=lambda event: {"statusCode": 200, "body": "hé"})
    answer = await api.call("GET", "/")
    assert answer.header_list[0] == ("content-type", "text/plain;charset=UTF-8")
    assert answer.headers["date"] == "Wed, 11 Mar 2020 19:03:58 GMT"
    assert len(answer.headers["apigw-requestid"]) == 16


async def test_no_route_gives_404():
    api = gateway(world({"GET /a": "f"}), f=echo)
    answer = await api.call("GET", "/b")
    assert (answer.status, answer.json()) == (404, {"message": "Not Found"})
    assert answer.headers["content-type"] == "application/json"
    assert "apigw-requestid" in answer.headers


async def test_stages():
    """If a request matches a stage it goes there, else to ``$default``; without one it is not found."""
    more = (resource("Stage", "dev", StageName="dev"),)
    api = gateway(world({"GET /": "f", "GET /dev/a": "f", "GET /a": "f"}, more=more), f=echo)
    for path, stage, key in (
        ("/", "$default", "GET /"),
        ("/a", "$default", "GET /a"),
        ("/dev/a", "dev", "GET /a"),
        ("/dev/", "dev", "GET /"),
        ("/dev", "dev", "GET /"),
    ):
        event = (await api.call("GET", path)).json()
        assert (event["requestContext"]["stage"], event["routeKey"]) == (stage, key)
    only = gateway(world({"GET /a": "f"}, stage={"StageName": "dev"}), f=echo)
    assert (await only.call("GET", "/a")).status == 404


@pytest.mark.parametrize(
    "function",
    [
        raising(FunctionError("the secret text")),
        raising(ThrottledError()),
        raising(ZeroDivisionError("the secret text")),
        lambda event: b"not json",
        lambda event: {"statusCode": "x"},
        lambda event: {"statusCode": 200, "body": {}},
    ],
)
async def test_a_function_that_fails_gives_500_and_tells_nothing(function):
    api = gateway(world({"GET /": "f"}), f=function)
    answer = await api.call("GET", "/")
    assert (answer.status, answer.json()) == INTERNAL
    assert b"secret" not in answer.body


async def test_a_mistake_of_ours_is_in_the_journal_with_its_traceback():
    api = gateway(world({"GET /": "f"}), f=raising(ZeroDivisionError("deep inside")))
    await api.call("GET", "/")
    (entry,) = api.entries("system")
    assert entry.level == "ERROR"
    assert "Traceback" in entry.text
    assert "deep inside" in entry.text


async def test_a_function_that_does_not_exist_gives_500_and_says_which():
    api = gateway(world({"GET /": "f"}))
    answer = await api.call("GET", "/")
    assert (answer.status, answer.json()) == INTERNAL
    assert "function:f, which does not run here" in api.entries("system")[0].text


async def test_an_integration_that_takes_too_long_gives_503_and_goes_on():
    gone_on = asyncio.Event()

    async def slow(event):
        await asyncio.sleep(0.1)
        gone_on.set()
        return "late"

    api = gateway(world({"GET /": "f"}, integration={"TimeoutInMillis": 50}), f=slow)
    answer = await api.call("GET", "/")
    assert (answer.status, answer.json()) == (503, {"message": "Service Unavailable"})
    await asyncio.wait_for(gone_on.wait(), 5)


async def test_a_body_above_10_mb_gives_413_and_no_more_is_read(monkeypatch):
    monkeypatch.setattr(request_module, "MAX_BODY", 10)
    api = gateway(world({"POST /": "f"}), f=echo)
    announced = await api.call("POST", "/", {"Content-Length": "11"}, [b"never read"] * 2)
    chunked = await api.call("POST", "/", {}, [b"12345", b"67890", b"!"])
    for answer in (announced, chunked):
        assert (answer.status, answer.json()) == (413, {"message": "Request Entity Too Large"})
    assert api.functions.calls == []
    assert (await api.call("POST", "/", {}, [b"12345", b"67890"])).status == 200


def test_the_quota_is_10_mb():
    assert request_module.MAX_BODY == 10 * 1024 * 1024


async def test_an_event_that_lambda_finds_too_large_gives_413():
    api = gateway(world({"POST /": "f"}), f=raising(RequestTooLargeError()))
    answer = await api.call("POST", "/", {}, b"x")
    assert (answer.status, answer.json()) == (413, {"message": "Request Entity Too Large"})


async def test_a_body_cut_short_reaches_no_function():
    api = gateway(world({"POST /": "f"}), f=echo)
    message = Message("POST", "/", "", [(b"host", b"localhost"), (b"content-length", b"10")])
    message.feed(b"12345")
    message.disconnect()
    assert await api.app(message) is None
    assert (api.functions.calls, api.journal) == ([], [])


@pytest.mark.parametrize("path", ["/a/%", "/a/%2", "/a/%zz"])
async def test_broken_percent_encoding_in_the_path_gives_400(path):
    api = gateway(world({"$default": "f"}), f=echo)
    answer = await api.call("GET", path)
    assert (answer.status, answer.json(), api.functions.calls) == (400, {"message": "Bad Request"}, [])


async def test_broken_percent_encoding_in_the_query_string_stays_as_it_is():
    api = gateway(world({"GET /": "f"}), f=echo)
    assert (await api.call("GET", "/?a=%zz&b=100%")).status == 200
    assert api.event["queryStringParameters"] == {"a": "%zz", "b": "100%"}


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:3000", "", "localhost.attacker.example", "10.0.0.1"]
)
async def test_other_hosts_are_refused(host):
    """A web page whose name an attacker points at 127.0.0.1 must not get at the API."""
    api = gateway(world({"GET /": "f"}), f=echo)
    assert (await api.call("GET", "/", host=host)).status == 403
    assert api.functions.calls == []


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:3000", "[::1]:3000", "api.localhost:8"]
)
def test_loopback_hosts(host):
    assert is_loopback(host)


async def test_one_entry_for_each_request():
    api = gateway(world({"POST /a/{id}": "f"}), f=lambda event: {"statusCode": 201, "body": "four"})
    answer = await api.call("POST", "/a/1?secret=1", {}, b"three")
    (entry,) = api.journal
    data = dict(entry.data)
    assert entry.text.startswith("POST /a/1 201 ")
    assert (entry.kind, entry.subject, entry.level, entry.time) == ("request", "shop", "INFO", 1583953438.0)
    assert entry.request_id == answer.headers["apigw-requestid"]
    assert data.pop("latency_ms") >= data.pop("integration_latency_ms") > 0
    assert data == {
        "method": "POST",
        "path": "/a/1",
        "route": "POST /a/{id}",
        "status": 201,
        "bytes": 9,
        "api": "api1",
        "stage": "$default",
    }


async def test_a_path_cannot_write_control_characters_into_the_terminal():
    api = gateway(world({"$default": "f"}), f=echo)
    await api.call("GET", "/%1b%5b2J%0a")
    assert api.journal[0].text.startswith("GET /%1b%5b2J%0a 200")


async def test_a_client_that_leaves_while_the_function_runs_leaves_nothing_behind():
    started, release = asyncio.Event(), asyncio.Event()

    async def slow(event):
        started.set()
        await release.wait()
        return "done"

    api = gateway(world({"GET /": "f"}), f=slow)
    before = asyncio.all_tasks()
    call = asyncio.create_task(api.call("GET", "/"))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    release.set()  # the function goes on, and ends
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


def refused(world_, match):
    with pytest.raises(CumuloError, match=match):
        http_api(world_, "api1", invoker=None, recorder=[])


def test_what_does_not_run_locally_is_refused():
    refused(world({}, api={"ProtocolType": "WEBSOCKET"}), "not an HTTP API")
    refused(world({}, api={"Body": {"openapi": "3.0.1"}}), "Body does not run locally")
    refused(world({"GET /": "f"}, integration={"IntegrationType": "HTTP_PROXY"}), "HTTP_PROXY integrations")
    subtype = {"IntegrationSubtype": "SQS-SendMessage"}
    refused(world({"GET /": "f"}, integration=subtype), "SQS-SendMessage integrations")
    refused(world({"GET /": "f"}, integration={"PayloadFormatVersion": "3.0"}), "PayloadFormatVersion is 3.0")
    iam = (resource("Route", "r", RouteKey="GET /x", Target="integrations/to-f", AuthorizationType="AWS_IAM"),)
    refused(world({"GET /": "f"}, more=iam), "IAM authorization")
    lost = (resource("Route", "r", RouteKey="GET /x", Target="integrations/none"),)
    refused(world({}, more=lost), "no integration")
    nobody = (resource("Route", "r", RouteKey="GET /x", Target="integrations/to-f", AuthorizationType="CUSTOM"),)
    refused(world({"GET /": "f"}, more=nobody), "names no authorizer")
    with pytest.raises(CumuloError, match="no HTTP API 'other'"):
        http_api(world({}), "other", invoker=None, recorder=[])


async def test_resources_of_other_apis_do_not_count():
    others = (resource("Route", "r", ApiId="api2", RouteKey="GET /b", Target="integrations/to-f"),)
    api = gateway(world({"GET /a": "f"}, more=others), f=echo)
    assert (await api.call("GET", "/b")).status == 404


async def test_an_integration_uri_may_be_the_invocation_path():
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn('f')}/invocations"
    api = gateway(world({"GET /a": "f"}, integration={"IntegrationUri": uri}), f=echo)
    assert (await api.call("GET", "/a")).status == 200


async def test_many_requests_at_once_keep_apart():
    async def slow(event):
        await asyncio.sleep(0.001)
        return {"statusCode": 200, "body": json.dumps(event["pathParameters"]["id"])}

    api = gateway(world({"GET /a/{id}": "f"}), f=slow)
    answers = await asyncio.gather(*(api.call("GET", f"/a/{n}") for n in range(100)))
    assert [answer.json() for answer in answers] == [str(n) for n in range(100)]
