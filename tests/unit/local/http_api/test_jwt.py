"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html."""

import asyncio
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import serialization

from cumulo.errors import CumuloError
from cumulo.local.http_api import jwt as module
from cumulo.local.http_api import keys
from cumulo.local.world import Resource, World

from ._api import Clock, Functions, Gateway, authorizer, echo, gateway, resource, world
from ._issuer import CLIENT, ISSUER, KEY, NOW, OTHER_KEY, POOL, claims, jwk, part, serving, token

BAD = 'Bearer scope="" error="invalid_token" error_description="{}"'


@pytest.fixture
def issuer():
    with serving() as made:
        yield made


def protected(issuer, *, scopes=(), clock=None, stage=None, integration=None, **jwt):
    configuration = {"Issuer": ISSUER, "Audience": [CLIENT], **jwt}
    guard = authorizer(AuthorizerType="JWT", AuthorizerUri="", JwtConfiguration=configuration)
    made = world({"GET /batches": "f"}, more=(guard,), stage=stage, integration=integration)
    route = resource(
        "Route",
        "guarded",
        RouteKey="GET /me",
        Target="integrations/to-f",
        AuthorizationType="JWT",
        AuthorizerId="guard",
        AuthorizationScopes=list(scopes),
    )
    pool = Resource("auth", "Pool", "AWS::Cognito::UserPool", POOL, {})
    found = World(made.account, made.region, (*made.resources, route, pool))
    return Gateway(found, Functions({"f": echo}), clock or Clock(NOW), services=issuer.url)


async def refused(api, value):
    answer = await api.call("GET", "/me", {"Authorization": value})
    assert (answer.status, answer.json()) == (401, {"message": "Unauthorized"})
    assert api.functions.calls == []
    return answer.headers["www-authenticate"]


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", ""])
async def test_a_token_is_taken_with_and_without_bearer(issuer, prefix):
    api = protected(issuer)
    answer = await api.call("GET", "/me", {"Authorization": prefix + token()})
    assert answer.status == 200


async def test_claims_reach_the_function_as_strings(issuer):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html."""
    api = protected(issuer)
    await api.call("GET", "/me", {"Authorization": token()})
    assert api.event["requestContext"]["authorizer"] == {
        "jwt": {
            "claims": {
                "sub": "ann",
                "iss": ISSUER,
                "aud": CLIENT,
                "token_use": "id",
                "iat": str(NOW - 10),
                "exp": str(NOW + 3600),
                "email": "ann@example.com",
                "email_verified": "true",
                "cognito:groups": "[brewers admins]",
            },
            "scopes": None,
        }
    }


async def test_events_of_format_1_0_have_the_claims_too(issuer):
    api = protected(issuer, integration={"PayloadFormatVersion": "1.0"})
    await api.call("GET", "/me", {"Authorization": token()})
    assert api.event["requestContext"]["authorizer"]["claims"]["sub"] == "ann"


async def test_open_routes_need_no_token_and_no_keys(issuer):
    api = protected(issuer)
    assert (await api.call("GET", "/batches")).status == 200
    assert issuer.asked == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer "}])
async def test_a_request_without_a_token_is_unauthorized(issuer, headers):
    api = protected(issuer)
    answer = await api.call("GET", "/me", headers)
    assert (answer.status, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer.headers["www-authenticate"] == "Bearer"
    assert issuer.asked == []


@pytest.mark.parametrize("garbage", ["x", "..", "a.b.c", "Basic YWJj", "\xff", "a" * 8000, "e30.e30."])
async def test_garbage_is_unauthorized(issuer, garbage):
    await refused(protected(issuer), garbage)


async def test_a_header_that_nests_too_deeply_is_unauthorized(issuer):
    await refused(protected(issuer), f"{part(b'[' * 7000)}.e30.e30")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
async def test_alg_none_is_unauthorized(issuer, algorithm):
    made = f"{part({'alg': algorithm, 'kid': 'one'})}.{part(claims())}."
    assert "RSA" in await refused(protected(issuer), made)


async def test_hs256_with_the_public_key_is_unauthorized(issuer):
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = KEY.public_key().public_bytes(*form)
    signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims())}"
    made = f"{signed}.{part(hmac.digest(public, signed.encode(), hashlib.sha256))}"
    assert "RSA" in await refused(protected(issuer), made)


async def test_a_changed_payload_is_unauthorized(issuer):
    head, _, signature = token().split(".")
    await refused(protected(issuer), f"{head}.{part(claims(sub='eve'))}.{signature}")


async def test_a_removed_signature_is_unauthorized(issuer):
    head, payload, _ = token().split(".")
    await refused(protected(issuer), f"{head}.{payload}.")


async def test_a_token_of_another_pool_is_unauthorized(issuer):
    """Also when that pool has the same key."""
    said = await refused(protected(issuer), token(iss=ISSUER.replace(POOL, "eu-west-1_Other")))
    assert said == BAD.format("the token does not have a valid issuer")


@pytest.mark.parametrize("changed", [{"aud": "other"}, {"aud": None}, {"aud": None, "client_id": "other"}, {"aud": []}])
async def test_a_token_of_another_client_is_unauthorized(issuer, changed):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html."""
    said = await refused(protected(issuer), token(**changed))
    assert said == BAD.format("the token does not have a valid audience")


@pytest.mark.parametrize("changed", [{"aud": ["x", CLIENT]}, {"aud": None, "client_id": CLIENT}])
async def test_the_audience_is_in_aud_or_client_id(issuer, changed):
    assert (await protected(issuer).call("GET", "/me", {"Authorization": token(**changed)})).status == 200


async def test_client_id_does_not_count_when_there_is_an_aud(issuer):
    await refused(protected(issuer), token(aud="other", client_id=CLIENT))


@pytest.mark.parametrize("changed", [{"exp": NOW}, {"exp": NOW - 1}, {"exp": None}])
async def test_an_expired_token_is_unauthorized(issuer, changed):
    assert await refused(protected(issuer), token(**changed)) == BAD.format("the token has expired")


@pytest.mark.parametrize("changed", [{"nbf": NOW + 1}, {"iat": NOW + 1}])
async def test_a_token_of_the_future_is_unauthorized(issuer, changed):
    assert await refused(protected(issuer), token(**changed)) == BAD.format("the token is not valid yet")


@pytest.mark.parametrize("value", ["soon", float("inf"), float("nan"), True, [], {}])
async def test_a_time_that_is_none_is_unauthorized(issuer, value):
    made = part({"alg": "RS256", "kid": "one"}) + "." + part(json.dumps({**claims(), "exp": value}).encode())
    from jwt.algorithms import RSAAlgorithm

    signature = RSAAlgorithm(RSAAlgorithm.SHA256).sign(made.encode(), KEY)
    await refused(protected(issuer), f"{made}.{part(signature)}")


async def test_a_token_signed_with_another_key_is_unauthorized(issuer):
    await refused(protected(issuer), token(OTHER_KEY))


@pytest.mark.parametrize("key_id", [None, "", "two"])
async def test_a_token_that_names_no_key_of_the_issuer_is_unauthorized(issuer, key_id):
    await refused(protected(issuer), token(key_id=key_id))


async def test_a_moved_clock_makes_a_remembered_token_expire(issuer):
    api = protected(issuer)
    made = {"Authorization": token()}
    assert (await api.call("GET", "/me", made)).status == 200
    api.clock.time = NOW + 3599
    assert (await api.call("GET", "/me", made)).status == 200
    api.clock.time = NOW + 3600
    assert (await api.call("GET", "/me", made)).status == 401


async def test_a_remembered_token_is_remembered_whole(issuer):
    """One that differs in a character of the signature is another token."""
    api = protected(issuer)
    good = token()
    assert (await api.call("GET", "/me", {"Authorization": good})).status == 200
    head, payload, signature = good.split(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert (await api.call("GET", "/me", {"Authorization": f"{head}.{payload}.{changed}"})).status == 401


async def test_few_tokens_are_remembered(issuer, monkeypatch):
    monkeypatch.setattr(module, "MAX_REMEMBERED", 2)
    api = protected(issuer)
    for user in ("a", "b", "c", "a"):
        assert (await api.call("GET", "/me", {"Authorization": token(sub=user)})).status == 200
    assert len(api.app._routes["GET /me"].authorize._accepted) == 2


async def test_a_scope_of_the_route_is_enough(issuer):
    api = protected(issuer, scopes=["batches/read", "batches/write"])
    made = token(aud=None, client_id=CLIENT, token_use="access", scope="openid batches/read")
    assert (await api.call("GET", "/me", {"Authorization": made})).status == 200
    assert api.event["requestContext"]["authorizer"]["jwt"]["scopes"] == ["batches/read", "openid"]


@pytest.mark.parametrize("scp", ["batches/read other", ["batches/read", "other"]])
async def test_scopes_may_stand_in_scp(issuer, scp):
    api = protected(issuer, scopes=["batches/read"])
    assert (await api.call("GET", "/me", {"Authorization": token(scp=scp)})).status == 200


@pytest.mark.parametrize("changed", [{}, {"scope": "openid"}, {"scope": "batches/reading"}, {"scope": ""}])
async def test_a_token_without_a_scope_of_the_route_is_forbidden(issuer, changed):
    """So an id token of Cognito, which has no scopes, is refused where an access token is due."""
    api = protected(issuer, scopes=["batches/read"])
    answer = await api.call("GET", "/me", {"Authorization": token(**changed)})
    assert (answer.status, answer.json(), api.functions.calls) == (403, {"message": "Forbidden"}, [])
    assert answer.headers["www-authenticate"].startswith('Bearer scope="batches/read" error="insufficient_scope"')


async def test_api_gateway_does_not_look_at_token_use(issuer):
    """A route without scopes takes access tokens too; the function can tell them apart."""
    api = protected(issuer)
    made = token(aud=None, client_id=CLIENT, token_use="access", scope="aws.cognito.signin.user.admin")
    assert (await api.call("GET", "/me", {"Authorization": made})).status == 200
    assert api.event["requestContext"]["authorizer"]["jwt"]["claims"]["token_use"] == "access"


async def test_the_access_log_knows_claims_and_why_a_token_was_refused(issuer):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html."""
    stage = {"AccessLogSettings": {"Format": "$context.authorizer.claims.sub $context.authorizer.error"}}
    api = protected(issuer, stage=stage)
    await api.call("GET", "/me", {"Authorization": token()})
    await api.call("GET", "/me", {"Authorization": token(exp=NOW)})
    assert [entry.text for entry in api.entries("log")] == ["ann -", "- the token has expired"]


async def test_keys_are_fetched_once(issuer):
    api = protected(issuer)
    made = [api.call("GET", "/me", {"Authorization": token(sub=user)}) for user in "abc"]
    assert {answer.status for answer in await asyncio.gather(*made)} == {200}
    assert len(issuer.asked) == 2


async def test_an_unknown_key_is_looked_for_again(issuer):
    api = protected(issuer)
    assert (await api.call("GET", "/me", {"Authorization": token()})).status == 200
    api.clock.time += keys.PAUSE
    issuer.keys["two"] = OTHER_KEY
    assert (await api.call("GET", "/me", {"Authorization": token(OTHER_KEY, "two")})).status == 200


async def test_an_issuer_is_not_flooded_by_tokens_with_unknown_keys(issuer):
    api = protected(issuer)
    assert (await api.call("GET", "/me", {"Authorization": token()})).status == 200
    for number in range(5):
        await api.call("GET", "/me", {"Authorization": token(key_id=str(number))})
    assert len(issuer.asked) == 2


async def test_keys_are_fetched_again_after_two_hours(issuer):
    api = protected(issuer)
    made = token(exp=NOW + 20000)
    assert (await api.call("GET", "/me", {"Authorization": made})).status == 200
    issuer.keys = {"two": OTHER_KEY}
    api.clock.time += keys.KEPT
    assert (await api.call("GET", "/me", {"Authorization": made})).status == 401


async def test_an_issuer_that_does_not_answer_is_unauthorized_and_said(issuer):
    issuer.down = True
    api = protected(issuer)
    said = await refused(api, token())
    assert said == BAD.format("OIDC discovery endpoint communication error")
    assert "gives no keys" in api.entries("system")[0].text
    issuer.down = False
    assert (await api.call("GET", "/me", {"Authorization": token()})).status == 200


async def test_what_is_known_stays_in_use_when_the_issuer_is_down(issuer):
    api = protected(issuer)
    assert (await api.call("GET", "/me", {"Authorization": token()})).status == 200
    issuer.down = True
    api.clock.time += keys.PAUSE
    assert (await api.call("GET", "/me", {"Authorization": token(key_id="two")})).status == 401
    assert (await api.call("GET", "/me", {"Authorization": token(sub="bob")})).status == 200


async def test_an_issuer_that_calls_itself_otherwise_is_not_believed(issuer):
    issuer.name = "https://example.com"
    assert "communication" in await refused(protected(issuer), token())


async def test_keys_that_are_not_for_signatures_are_left_out(issuer):
    issuer.more = [
        {"kty": "oct", "kid": "one", "k": "AAAA"},
        {"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"},
        {**jwk("two", OTHER_KEY), "use": "enc"},
    ]
    api = protected(issuer)
    assert (await api.call("GET", "/me", {"Authorization": token()})).status == 200
    assert (await api.call("GET", "/me", {"Authorization": token(OTHER_KEY, "two")})).status == 401


async def test_an_issuer_elsewhere_is_asked_over_https_only():
    found = keys.Keys("http://example.com", "http://example.com", lambda: 0.0)
    with pytest.raises(keys.IssuerError, match="https"):
        await found.find("one")


@pytest.mark.parametrize("jwt", [{"Issuer": ""}, {"Audience": []}])
def test_an_authorizer_without_issuer_or_audience_is_refused(jwt):
    with pytest.raises(CumuloError, match="takes any token"):
        protected(type("No", (), {"url": ""}), **jwt)


def test_two_identity_sources_are_refused():
    sources = ["$request.header.Authorization", "$request.header.Other"]
    guard = authorizer(
        AuthorizerType="JWT",
        IdentitySource=sources,
        JwtConfiguration={"Issuer": ISSUER, "Audience": [CLIENT]},
    )
    with pytest.raises(CumuloError, match="one identity source"):
        gateway(world({"GET /me": "f"}, guarded=("GET /me",), more=(guard,)), f=echo)
