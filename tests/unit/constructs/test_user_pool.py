"""User pools, their clients and authorizers, and e-mail senders."""

import json

import pytest

from cumulo import (
    CumuloError,
    EmailSender,
    Function,
    HttpApi,
    JwtAuthorizer,
    Stack,
    UserPool,
    days,
    hours,
    minutes,
    seconds,
)
from cumulo.synth.templates import template


def trigger(stack: Stack, name: str = "create", **settings) -> Function:
    return Function(stack, name, handler=f"functions.{name}", **{"timeout": seconds(5), **settings})


def test_people_sign_in_with_their_address_in_any_case(stack, resources) -> None:
    UserPool(stack, "users")
    pool = resources(stack)["UsersPool"]["Properties"]
    assert pool["UserPoolName"] == "shop-dev-users"
    assert (pool["UsernameAttributes"], pool["UsernameConfiguration"]) == (["email"], {"CaseSensitive": False})
    assert pool["UserPoolTags"] == {"Application": "shop", "Environment": "dev"}


def test_a_pool_is_protected_in_production_only(stack, production, resources) -> None:
    """AUTH004."""
    for each in (stack, production):
        UserPool(each, "users")
    assert resources(stack)["UsersPool"]["Properties"]["DeletionProtection"] == "INACTIVE"
    pool = resources(production)["UsersPool"]
    assert (pool["Properties"]["DeletionProtection"], pool["DeletionPolicy"]) == ("ACTIVE", "Retain")


def test_the_pool_may_call_its_triggers_and_no_other_pool_may(stack, resources) -> None:
    UserPool(stack, "users", triggers={"create_auth_challenge": trigger(stack)})
    made = resources(stack)
    arn = {"Fn::GetAtt": ["CreateFunction", "Arn"]}
    assert made["UsersPool"]["Properties"]["LambdaConfig"] == {"CreateAuthChallenge": arn}
    assert made["UsersCreateAuthChallengePermission"]["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": arn,
        "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["UsersPool", "Arn"]},
    }


def test_a_client_has_no_secret_and_tells_nobody_who_has_an_account(stack, resources) -> None:
    """AUTH001, AUTH002, AUTH003."""
    UserPool(stack, "users").client("app")
    client = resources(stack)["AppClient"]["Properties"]
    assert (client["GenerateSecret"], client["PreventUserExistenceErrors"]) == (False, "ENABLED")
    assert client["TokenValidityUnits"] == dict.fromkeys(("AccessToken", "IdToken", "RefreshToken"), "minutes")
    validity = [client[f"{name}Validity"] for name in ("AccessToken", "IdToken", "RefreshToken")]
    assert validity == [60, 60, 30 * 24 * 60]
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def test_ids_are_outputs(stack) -> None:
    UserPool(stack, "users").client("app")
    assert {"UsersPoolId", "AppClientId"} <= template(stack)["Outputs"].keys()


def test_an_authorizer_names_issuer_and_audience_also_from_another_stack(stack) -> None:
    """API011."""
    pool = UserPool(stack, "users")
    client = pool.client("app")
    front = Stack(stack.app, "front")
    api = HttpApi(front, "api", authorizer=pool.authorizer(client))
    api.route("GET /me", trigger(front, "me"))
    api.route("PUT /me", trigger(front, "change"), authorizer=pool.authorizer(client, scopes=["me/write"]))
    made = template(front)["Resources"]
    authorizers = [r["Properties"] for r in made.values() if r["Type"] == "AWS::ApiGatewayV2::Authorizer"]
    assert authorizers == [
        {
            "ApiId": {"Ref": "Api"},
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {
                "Audience": [{"Fn::ImportValue": "shop-dev-main:AppClientRef"}],
                "Issuer": {"Fn::ImportValue": "shop-dev-main:UsersPoolProviderURL"},
            },
            "Name": "users",
        }
    ]
    routes = {r["Properties"]["RouteKey"]: r["Properties"] for r in made.values() if r["Type"].endswith("::Route")}
    assert {route["AuthorizationType"] for route in routes.values()} == {"JWT"}
    assert "AuthorizationScopes" not in routes["GET /me"]
    assert routes["PUT /me"]["AuthorizationScopes"] == ["me/write"]


def test_an_administrator_may_do_what_is_named_on_that_pool(stack) -> None:
    pool = UserPool(stack, "users")
    link = pool.admin("AdminCreateUser", "ListUsers")
    assert link.grants[0].actions == ("cognito-idp:AdminCreateUser", "cognito-idp:ListUsers")
    assert link.grants[0].resources == (pool.arn,)
    assert link.environment == {"USERS_POOL_ID": pool.pool_id}


def test_a_client_hands_over_its_id_without_permissions(stack) -> None:
    client = UserPool(stack, "users").client("app")
    link = client.link()
    assert (link.grants, dict(link.environment)) == ((), {"APP_CLIENT_ID": client.client_id})


def test_a_sender_may_send_from_its_address_only(stack, resources) -> None:
    sender = EmailSender(stack, "sender", address="hello@example.com")
    assert resources(stack)["SenderIdentity"]["Properties"]["EmailIdentity"] == "hello@example.com"
    (grant,) = sender.link().grants
    assert grant.actions == ("ses:SendEmail",)
    assert grant.resources[0].pattern.endswith(":ses:${AWS::Region}:${AWS::AccountId}:identity/hello@example.com")
    assert sender.send().environment == {"SENDER_EMAIL_ADDRESS": "hello@example.com"}


@pytest.mark.parametrize("address", ["", "hello", "a@b", "Ann <ann@example.com>", "ä@example.com", "a@example.com\n"])
def test_what_is_no_address_is_refused(stack, address: str) -> None:
    with pytest.raises(CumuloError, match="no e-mail address"):
        EmailSender(stack, "sender", address=address)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"flows": ["PASSWORD"]}, "there is no flow 'PASSWORD'"),
        ({"flows": "CUSTOM_AUTH"}, "not a list"),
        ({"access_token": minutes(4)}, "access_token is 0:04:00"),
        ({"id_token": hours(25)}, "id_token is 1 day, 1:00:00"),
        ({"refresh_token": days(3651)}, "refresh_token"),
        ({"session": minutes(16)}, "session"),
        ({"access_token": 3600}, "not a duration"),
    ],
)
def test_wrong_clients_are_refused(stack, wrong, said: str) -> None:
    with pytest.raises(CumuloError, match=said):
        UserPool(stack, "users").client("app", **wrong)


def test_wrong_pools_are_refused(stack) -> None:
    with pytest.raises(CumuloError, match="there is no trigger 'sign_up'"):
        UserPool(stack, "a", triggers={"sign_up": trigger(stack)})
    with pytest.raises(CumuloError, match="not a Function"):
        UserPool(stack, "b", triggers={"pre_sign_up": "create"})
    with pytest.raises(CumuloError, match="Cognito waits 5 s"):
        UserPool(stack, "c", triggers={"pre_sign_up": trigger(stack, "slow", timeout=seconds(6))})
    with pytest.raises(CumuloError, match="password length"):
        UserPool(stack, "d", password_length=5)
    with pytest.raises(CumuloError, match="without actions"):
        UserPool(stack, "e").admin()


def test_wrong_authorizers_are_refused(stack) -> None:
    with pytest.raises(CumuloError, match="any token of the issuer would pass"):
        UserPool(stack, "users").authorizer()
    with pytest.raises(CumuloError, match="no issuer"):
        JwtAuthorizer("login", issuer="http://example.com", audience=["a"])
    with pytest.raises(CumuloError, match="not a list"):
        JwtAuthorizer("login", issuer="https://example.com", audience="a")


def test_cfn_lint_finds_nothing(production) -> None:
    api = pytest.importorskip("cfnlint.api")
    stack = production
    pool = UserPool(stack, "users", triggers={"pre_sign_up": trigger(stack)})
    front = HttpApi(stack, "api", authorizer=pool.authorizer(pool.client("app"), scopes=["a/b"]))
    sender = EmailSender(stack, "sender", address="hello@example.com")
    front.route("GET /me", trigger(stack, "me", links=[sender.send(), pool.admin("ListUsers")]))
    found = api.lint(json.dumps(template(stack)), config=api.ManualArgs(regions=["eu-central-1"]))
    assert [str(match) for match in found if match.rule.id[0] in "EW"] == []
