"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html."""

import asyncio

import pytest

from cumulo.errors import CumuloError
from cumulo.local.http_api import authorizer as module

from ._api import Clock, FunctionError, ThrottledError, authorizer, echo, gateway, world

TOKEN = {"Authorization": "secret"}
ROUTE = "GET /pets/{id}"


def guarded(guard, *, clock=None, routes=None, stage=None, integration=None, **properties):
    routes = routes or {ROUTE: "f"}
    made = world(routes, guarded=tuple(routes), more=(authorizer(**properties),), stage=stage, integration=integration)
    return gateway(made, clock, f=echo, guard=guard)


def simple(authorized, **context):
    return lambda event: {"isAuthorized": authorized, "context": context}


def policy(effect, resource=None):
    def answer(event):
        arn = resource or event.get("routeArn") or event["methodArn"]
        statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": arn}
        return {
            "principalId": "abcdef",
            "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "context": {"team": "red"},
        }

    return answer


async def test_a_simple_yes_lets_the_request_pass_with_its_context():
    api = guarded(simple(True, user="ann", level=3, roles=["a"]))
    assert (await api.call("GET", "/pets/7", TOKEN)).status == 200
    assert api.functions.calls == ["guard", "f"]
    assert api.event["requestContext"]["authorizer"] == {"lambda": {"user": "ann", "level": 3, "roles": ["a"]}}


async def test_a_simple_no_is_forbidden():
    api = guarded(simple(False))
    answer = await api.call("GET", "/pets/7", TOKEN)
    assert (answer.status, answer.json(), api.functions.calls) == (403, {"message": "Forbidden"}, ["guard"])


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}])
async def test_a_missing_identity_source_is_unauthorized_without_asking(headers):
    api = guarded(simple(True))
    answer = await api.call("GET", "/pets/7", headers)
    assert (answer.status, answer.json(), api.functions.calls) == (401, {"message": "Unauthorized"}, [])


async def test_the_event_of_format_2_0():
    sources = ["$request.header.Authorization", "$request.querystring.q", "$context.routeKey", "$stageVariables.color"]
    stage = {"StageVariables": {"color": "blue"}}
    api = guarded(simple(True), IdentitySource=sources, stage=stage)
    await api.call("GET", "/pets/7?q=1", {**TOKEN, "Cookie": "a=1"})
    event = api.functions.events[0]
    assert {name: event[name] for name in ("version", "type", "routeArn", "identitySource", "routeKey")} == {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:eu-west-1:123456789012:api1/$default/GET/pets/7",
        "identitySource": ["secret", "1", ROUTE, "blue"],
        "routeKey": ROUTE,
    }
    assert event["rawPath"] == "/pets/7"
    assert event["rawQueryString"] == "q=1"
    assert event["cookies"] == ["a=1"]
    assert event["queryStringParameters"] == {"q": "1"}
    assert event["pathParameters"] == {"id": "7"}
    assert event["stageVariables"] == {"color": "blue"}
    assert event["requestContext"]["http"]["method"] == "GET"
    assert not {"body", "isBase64Encoded"} & event.keys()


async def test_the_event_of_format_1_0():
    api = guarded(policy("Allow"), AuthorizerPayloadFormatVersion="1.0", EnableSimpleResponses=False)
    assert (await api.call("GET", "/pets/7", TOKEN)).status == 200
    event = api.functions.events[0]
    assert event["version"] == "1.0"
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == "arn:aws:execute-api:eu-west-1:123456789012:api1/$default/GET/pets/7"
    assert event["identitySource"] == event["authorizationToken"] == "secret"
    assert event["resource"] == "/pets/{id}"
    assert event["httpMethod"] == "GET"
    assert "body" not in event


async def test_the_route_arn_names_a_named_stage_once():
    api = guarded(simple(True), stage={"StageName": "dev"})
    await api.call("GET", "/dev/pets/7", TOKEN)
    assert api.functions.events[0]["routeArn"].endswith(":api1/dev/GET/pets/7")


async def test_an_iam_policy_that_allows():
    api = guarded(policy("Allow"), EnableSimpleResponses=False)
    assert (await api.call("GET", "/pets/7", TOKEN)).status == 200
    assert api.event["requestContext"]["authorizer"] == {"lambda": {"team": "red"}}


async def test_format_1_0_of_the_function_gets_context_and_principal():
    api = guarded(policy("Allow"), EnableSimpleResponses=False, integration={"PayloadFormatVersion": "1.0"})
    await api.call("GET", "/pets/7", TOKEN)
    assert api.event["requestContext"]["authorizer"] == {"team": "red", "principalId": "abcdef"}


@pytest.mark.parametrize("answer", [policy("Deny"), policy("Allow", "arn:aws:execute-api:*:*:other/*")])
async def test_an_iam_policy_that_does_not_allow(answer):
    api = guarded(answer, EnableSimpleResponses=False)
    assert (await api.call("GET", "/pets/7", TOKEN)).status == 403


async def test_results_are_cached_by_the_identity_sources_for_the_ttl():
    clock = Clock()
    api = guarded(simple(True, n=1), clock=clock, AuthorizerResultTtlInSeconds=60)
    for _ in range(3):
        assert (await api.call("GET", "/pets/7", TOKEN)).status == 200
    assert api.functions.calls.count("guard") == 1
    assert api.event["requestContext"]["authorizer"] == {"lambda": {"n": 1}}
    await api.call("GET", "/pets/7", {"Authorization": "other"})
    assert api.functions.calls.count("guard") == 2
    clock.time += 60
    await api.call("GET", "/pets/7", TOKEN)
    assert api.functions.calls.count("guard") == 3


async def test_denials_are_cached_too():
    api = guarded(simple(False), AuthorizerResultTtlInSeconds=60)
    assert [(await api.call("GET", "/pets/7", TOKEN)).status for _ in range(2)] == [403, 403]
    assert api.functions.calls == ["guard"]


async def test_a_cached_result_serves_all_routes_of_the_authorizer():
    api = guarded(simple(True), routes={"GET /a": "f", "GET /b": "f"}, AuthorizerResultTtlInSeconds=60)
    await api.call("GET", "/a", TOKEN)
    await api.call("GET", "/b", TOKEN)
    assert api.functions.calls.count("guard") == 1


async def test_a_cached_policy_is_judged_for_each_route():
    """A policy for one route only denies the next one while it is cached."""
    routes = {"GET /a": "f", "GET /b": "f"}
    api = guarded(policy("Allow"), routes=routes, AuthorizerResultTtlInSeconds=60, EnableSimpleResponses=False)
    assert [(await api.call("GET", path, TOKEN)).status for path in ("/a", "/b")] == [200, 403]
    assert api.functions.calls.count("guard") == 1


async def test_the_route_key_among_the_sources_caches_by_route():
    sources = ["$request.header.Authorization", "$context.routeKey"]
    routes = {"GET /a": "f", "GET /b": "f"}
    api = guarded(simple(True), routes=routes, AuthorizerResultTtlInSeconds=60, IdentitySource=sources)
    for path in ("/a", "/b", "/a"):
        await api.call("GET", path, TOKEN)
    assert api.functions.calls.count("guard") == 2


@pytest.mark.parametrize("properties", [{"AuthorizerResultTtlInSeconds": 0}, {}])
async def test_without_a_ttl_nothing_is_cached(properties):
    api = guarded(simple(True), **properties)
    for _ in range(2):
        await api.call("GET", "/pets/7", TOKEN)
    assert api.functions.calls.count("guard") == 2


async def test_without_identity_sources_everything_is_asked_and_nothing_cached():
    api = guarded(simple(True), IdentitySource=[], AuthorizerResultTtlInSeconds=60)
    for _ in range(2):
        assert (await api.call("GET", "/pets/7")).status == 200
    assert api.functions.calls.count("guard") == 2
    assert api.functions.events[0]["identitySource"] is None


async def test_the_cache_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr(module, "MAX_CACHED", 2)
    api = guarded(simple(True), AuthorizerResultTtlInSeconds=60)
    for token in ("a", "b", "c", "c", "b", "a"):
        await api.call("GET", "/pets/7", {"Authorization": token})
    assert api.functions.calls.count("guard") == 4  # a, b, c, and a again, whose place c had taken


async def test_errors_are_not_cached():
    answers = iter([{"wrong": 1}, {"isAuthorized": True}])
    api = guarded(lambda event: next(answers), AuthorizerResultTtlInSeconds=60)
    assert [(await api.call("GET", "/pets/7", TOKEN)).status for _ in range(2)] == [500, 200]


def raising(error):
    def function(event):
        raise error

    return function


@pytest.mark.parametrize(
    "guard",
    [
        raising(FunctionError("boom")),
        raising(ThrottledError()),
        lambda event: {"isAuthorized": "yes"},
        lambda event: {},
        lambda event: "yes",
        lambda event: b"not json",
        lambda event: {"isAuthorized": True, "context": ["x"]},
        lambda event: {"isAuthorized": True, "context": {"score": float("nan")}},
        lambda event: b"[" * 100_000,
    ],
)
async def test_an_authorizer_that_fails_or_answers_nonsense_gives_500(guard):
    api = guarded(guard)
    answer = await api.call("GET", "/pets/7", TOKEN)
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})
    assert api.functions.calls == ["guard"]
    assert "authorizer function" in api.entries("request")[-1].text


async def test_a_malformed_policy_gives_500():
    api = guarded(lambda event: {"isAuthorized": True}, EnableSimpleResponses=False)
    assert (await api.call("GET", "/pets/7", TOKEN)).status == 500


async def test_an_authorizer_that_takes_too_long_gives_500(monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.01)
    gone_on = asyncio.Event()

    async def slow(event):
        await asyncio.sleep(0.03)
        gone_on.set()
        return {"isAuthorized": True}

    api = guarded(slow)
    assert (await api.call("GET", "/pets/7", TOKEN)).status == 500
    await asyncio.wait_for(gone_on.wait(), 5)


async def test_an_authorizer_from_elsewhere_gives_500_and_says_what_to_do():
    api = guarded(simple(True), AuthorizerUri="arn:aws:lambda:eu-west-1:999999999999:function:corporate")
    answer = await api.call("GET", "/pets/7", TOKEN)
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})
    (problem,) = api.entries("system")
    assert problem.level == "ERROR"
    assert "'guard' is arn:aws:lambda:eu-west-1:999999999999:function:corporate" in problem.text
    assert "declare that function" in problem.text


@pytest.mark.parametrize("source", ["$request.body.x", "Authorization", "$request.header.", "$context."])
def test_what_is_no_identity_source_is_refused(source):
    with pytest.raises(CumuloError, match="identity source"):
        guarded(simple(True), IdentitySource=[source])


def test_authorizers_of_another_type_are_refused():
    with pytest.raises(CumuloError, match="TOKEN authorizers do not run locally yet"):
        guarded(simple(True), AuthorizerType="TOKEN")


async def test_query_string_names_are_case_sensitive_and_cookies_are_a_header():
    sources = ["$request.querystring.Key", "$request.header.Cookie"]
    api = guarded(simple(True), IdentitySource=sources)
    assert (await api.call("GET", "/pets/7?key=1", {"Cookie": "a=1"})).status == 401
    assert (await api.call("GET", "/pets/7?Key=1&Key=2", {"Cookie": "a=1; b=2"})).status == 200
    assert api.functions.events[0]["identitySource"] == ["1,2", "a=1; b=2"]
