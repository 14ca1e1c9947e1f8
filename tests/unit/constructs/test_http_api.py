from typing import Any

import pytest

from cumulo import App, Cors, CumuloError, Function, HttpApi, LambdaAuthorizer, Stack, Stage, Throttle, seconds

WHO = "arn:aws:lambda:eu-central-1:123456789012:function:who"


@pytest.fixture
def handler(stack) -> Function:
    return Function(stack, "get", handler="functions.a.get")


def test_a_route_needs_an_authorizer_unless_none_is_written(stack, handler, resources) -> None:
    api = HttpApi(stack, "api")
    with pytest.raises(CumuloError, match="write authorizer=None if everyone may call it"):
        api.route("GET /items", handler)
    api.route("GET /items", handler, authorizer=None)
    assert resources(stack)["ApiGetItemsRoute"]["Properties"]["AuthorizationType"] == "NONE"


def test_the_apis_authorizer_guards_routes_that_name_none(stack, handler, resources) -> None:
    api = HttpApi(stack, "api", authorizer=LambdaAuthorizer("own", WHO, ttl=seconds(60)))
    api.route("GET /items", handler)
    made = resources(stack)
    assert made["ApiGetItemsRoute"]["Properties"]["AuthorizerId"] == {"Ref": "ApiOwnAuthorizer"}
    authorizer = made["ApiOwnAuthorizer"]["Properties"]
    assert authorizer["AuthorizerResultTtlInSeconds"] == 60
    assert authorizer["AuthorizerUri"]["Fn::Join"][1][1] == WHO
    # The permission to invoke somebody else's function is theirs to give.
    assert "ApiOwnAuthorizerPermission" not in made


def test_an_authorizer_of_the_app_may_be_invoked_by_this_api_only(stack, handler, resources) -> None:
    who = Function(stack, "who", handler="functions.a.who")
    HttpApi(stack, "api", authorizer=LambdaAuthorizer("own", who)).route("GET /items", handler)
    permission = resources(stack)["ApiOwnAuthorizerPermission"]["Properties"]
    assert "${Api}/authorizers/${ApiOwnAuthorizer}" in permission["SourceArn"]["Fn::Sub"]


def test_throttling_and_access_logs_are_on(stack, handler, resources) -> None:
    HttpApi(stack, "api", throttle=Throttle(burst=7, rate=3)).route("GET /", handler, authorizer=None)
    stage = resources(stack)["ApiStage"]["Properties"]
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 7, "ThrottlingRateLimit": 3}
    assert stage["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["ApiAccessLog", "Arn"]}
    assert stage["AutoDeploy"] is True


def test_two_routes_to_one_function_share_its_integration(stack, handler, resources) -> None:
    api = HttpApi(stack, "api", authorizer=None)
    for key in ("GET /items", "GET /items/{id}", "ANY /files/{path+}", "$default"):
        api.route(key, handler)
    types = [resource["Type"] for resource in resources(stack).values()]
    assert types.count("AWS::ApiGatewayV2::Integration") == types.count("AWS::Lambda::Permission") == 1
    assert types.count("AWS::ApiGatewayV2::Route") == 4


def test_routes_whose_words_are_the_same_are_both_made(stack, handler, resources) -> None:
    api = HttpApi(stack, "api", authorizer=None)
    api.route("GET /items/{id}", handler)
    api.route("GET /items/by-id", handler)
    keys = {r["Properties"].get("RouteKey") for r in resources(stack).values()}
    assert {"GET /items/{id}", "GET /items/by-id"} <= keys


@pytest.mark.parametrize(
    "key", ["", "/items", "FETCH /items", "GET items", "GET /{a+}/b", "GET /{}", "GET //a", "get /items", "GET /a{b}"]
)
def test_malformed_routes_are_refused(stack, handler, key: str) -> None:
    with pytest.raises(CumuloError, match="is no route"):
        HttpApi(stack, "api").route(key, handler, authorizer=None)


def test_a_route_declared_twice_is_refused(stack, handler) -> None:
    api = HttpApi(stack, "api", authorizer=None)
    api.route("GET /items", handler)
    with pytest.raises(CumuloError, match="there is a route 'GET /items' already"):
        api.route("GET /items", handler)


def test_a_function_slower_than_the_front_door_is_refused(stack) -> None:
    slow = Function(stack, "slow", handler="functions.a.slow", timeout=seconds(31))
    with pytest.raises(CumuloError, match="may take 31 s, but the API answers after 30 s"):
        HttpApi(stack, "api").route("GET /", slow, authorizer=None)


def test_cors_is_off_until_it_is_asked_for(stack, handler, resources) -> None:
    HttpApi(stack, "api", cors=Cors(())).route("GET /", handler, authorizer=None)
    assert "CorsConfiguration" not in resources(stack)["Api"]["Properties"]


def test_cors_with_credentials_and_any_origin_is_refused() -> None:
    with pytest.raises(CumuloError, match="name the origins"):
        Cors(("*",), credentials=True)


@pytest.mark.parametrize("wrong", [{"function": "who"}, {"function": WHO, "ttl": seconds(3601)}])
def test_wrong_authorizers_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CumuloError):
        LambdaAuthorizer("own", **wrong)


def test_a_function_of_another_stack_is_imported(resources) -> None:
    app = App("shop", Stage("dev"))
    functions, front = Stack(app, "functions"), Stack(app, "front")
    HttpApi(front, "api").route("GET /", Function(functions, "get", handler="a.get"), authorizer=None)
    integration = resources(front)["ApiToGetIntegration"]["Properties"]
    assert integration["IntegrationUri"] == {"Fn::ImportValue": "shop-dev-functions:GetFunctionArn"}
