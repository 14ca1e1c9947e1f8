"""What each function may do: what its code does, and nothing else."""

import pytest
from app import app

from cumulo import Stage

PROD = Stage("prod", production=True, settings={"LOG_LEVEL": "INFO"})
TEST = Stage("test", settings={"LOG_LEVEL": "INFO"})
TABLE, SECRET = "dynamodb", "secretsmanager:GetSecretValue"


def statements(function):
    return [s for policy in function.role.Policies for s in policy.PolicyDocument["Statement"]]


def actions(function):
    """What a function may do, besides writing its own log."""
    return {a for s in statements(function) for a in s["Action"] if not a.startswith("logs:")}


@pytest.fixture
def functions():
    return {function.id: function for function in app(TEST).stacks["api"].constructs if function.kind == "function"}


@pytest.mark.parametrize(
    ("function", "needed"),
    [
        ("create-item", {"dynamodb:PutItem", SECRET}),
        ("list-items", {"dynamodb:Query", SECRET}),
        ("change-item", {"dynamodb:UpdateItem", SECRET}),
        ("delete-item", {"dynamodb:DeleteItem", SECRET}),
        ("get-item", {"dynamodb:GetItem", SECRET}),
        ("health", set()),
        ("docs", set()),
    ],
)
def test_a_function_may_do_what_its_route_does(functions, function, needed):
    assert actions(functions[function]) == needed


def test_nothing_is_granted_on_everything(functions):
    assert "*" not in [s["Resource"] for function in functions.values() for s in statements(function)]


def test_health_is_small_and_quick_and_item_routes_are_not(functions):
    health, create = functions["health"].function, functions["create-item"].function
    assert (health.MemorySize, health.Timeout, create.MemorySize, create.Timeout) == (128, 3, 1024, 30)


def test_an_authorizer_by_arn_guards_the_item_routes_and_leaves_the_open_ones():
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:who"
    stage = Stage("test", settings={"LOG_LEVEL": "INFO", "AUTHORIZER_ARN": arn})
    api = app(stage).stacks["api"].constructs[0]
    assert set(api.public_routes) == {"GET /health", "GET /openapi.json", "GET /docs"}
    assert "GET /items/{id}" in api.routes


def test_only_production_is_watched():
    assert set(app(TEST).stacks) == {"data", "api"}
    assert set(app(PROD).stacks) == {"data", "api", "monitoring"}
