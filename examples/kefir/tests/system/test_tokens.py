"""Which tokens the API takes: the id token of this app's user pool and client, whole and in time."""

import base64
import json

import pytest
from tests.system.helpers import EMAIL, claims


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def status(client):
    """Return a function that calls the API with an Authorization header and gives the status."""
    api = client()
    return lambda header: (
        api.get("/batches", headers={"authorization": header} if header is not None else {}).status_code
    )


def tokens_of(cognito, pool, client):
    """Return the tokens of a user of another pool, or of another client."""
    signed_in = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": "Long enough 1!"},
    )
    return signed_in["AuthenticationResult"]


def password_client(cognito, pool):
    made = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="other", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=EMAIL, Password="Long enough 1!", Permanent=True)
    return made["UserPoolClient"]["ClientId"]


def test_the_id_token_is_taken(status, ada):
    token = ada.tokens["IdToken"]
    assert status(f"Bearer {token}") == 200
    assert claims(token)["token_use"] == "id"


def test_no_token_and_what_is_none_is_refused(status):
    for header in (None, "", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer ..", "Bearer é"):
        assert status(header.encode() if header else header) == 401, header


def test_an_access_token_is_refused(status, ada):
    """The authorizer takes it, as API Gateway's does; the API wants to know who calls."""
    assert claims(ada.tokens["AccessToken"])["token_use"] == "access"
    assert status(f"Bearer {ada.tokens['AccessToken']}") == 401


def test_a_refresh_token_is_refused(status, ada):
    assert status(f"Bearer {ada.tokens['RefreshToken']}") == 401


def test_a_changed_token_is_refused(status, ada, eve):
    header, payload, signature = ada.tokens["IdToken"].split(".")
    other = claims(eve.tokens["IdToken"])["sub"]
    changed = part({**claims(ada.tokens["IdToken"]), "sub": other})
    assert status(f"Bearer {header}.{changed}.{signature}") == 401
    assert status(f"Bearer {header}.{payload}.{eve.tokens['IdToken'].split('.')[2]}") == 401


def test_a_token_without_a_signature_is_refused(status, ada):
    _, payload, signature = ada.tokens["IdToken"].split(".")
    for algorithm in ("none", "None", "HS256"):
        forged = part({"alg": algorithm, "typ": "JWT"})
        assert status(f"Bearer {forged}.{payload}.") == 401
        assert status(f"Bearer {forged}.{payload}.{signature}") == 401


def test_a_token_of_another_pool_is_refused(status, identity):
    cognito = identity.cognito
    pool = cognito.create_user_pool(PoolName="other", UsernameAttributes=["email"])["UserPool"]["Id"]
    cognito.admin_create_user(UserPoolId=pool, Username=EMAIL, MessageAction="SUPPRESS")
    tokens = tokens_of(cognito, pool, password_client(cognito, pool))
    cognito.delete_user_pool(UserPoolId=pool)
    assert status(f"Bearer {tokens['IdToken']}") == 401


def test_a_token_of_another_client_is_refused(status, identity, ada):
    (pool,) = identity.cognito.list_user_pools(MaxResults=10)["UserPools"]
    tokens = tokens_of(identity.cognito, pool["Id"], password_client(identity.cognito, pool["Id"]))
    assert claims(tokens["IdToken"])["iss"] == claims(ada.tokens["IdToken"])["iss"]
    assert status(f"Bearer {tokens['IdToken']}") == 401


def test_a_token_is_good_for_an_hour(status, ada, clock):
    clock.advance(minutes=59)
    assert status(f"Bearer {ada.tokens['IdToken']}") == 200
    clock.advance(minutes=2)
    assert status(f"Bearer {ada.tokens['IdToken']}") == 401


def test_every_route_but_three_wants_a_token(client):
    api = client()
    an_id, reminder = "0" * 26, "0" * 32
    routes = [
        ("POST", "/batches"),
        ("GET", "/batches"),
        ("GET", f"/batches/{an_id}"),
        ("PATCH", f"/batches/{an_id}"),
        ("DELETE", f"/batches/{an_id}"),
        ("POST", f"/batches/{an_id}/events"),
        ("POST", f"/batches/{an_id}/photos"),
        ("POST", f"/batches/{an_id}/reminders"),
        ("DELETE", f"/batches/{an_id}/reminders/{reminder}"),
    ]
    assert {api.request(method, path).status_code for method, path in routes} == {401}
    assert api.get("/health").json() == {"status": "ok"}
