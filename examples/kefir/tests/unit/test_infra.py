"""What each function may do: what its code does, and nothing else."""

import pytest
from app import app

from cumulo import Stage

SETTINGS = {"LOG_LEVEL": "INFO", "SENDER": "hello@kefir.example.com", "ALERTS": "ops@kefir.example.com"}
ORIGINS = ("https://app.kefir.example.com",)
PROD = app(Stage("prod", production=True, settings=SETTINGS, origins=ORIGINS))
TEST = app(Stage("test", settings=SETTINGS, origins=ORIGINS))
SECRET = "secretsmanager:GetSecretValue"
SCHEDULING = {
    "scheduler:CreateSchedule",
    "scheduler:DeleteSchedule",
    "scheduler:GetSchedule",
    "scheduler:UpdateSchedule",
    "iam:PassRole",
}


def functions(system):
    return {
        construct.id: construct
        for stack in system.stacks.values()
        for construct in stack.constructs
        if construct.kind == "function"
    }


def statements(function):
    return [s for policy in function.role.Policies for s in policy.PolicyDocument["Statement"]]


@pytest.mark.parametrize(
    ("function", "needed"),
    [
        ("define-challenge", set()),
        ("create-challenge", {"dynamodb:PutItem", "dynamodb:UpdateItem", SECRET, "ses:SendEmail"}),
        ("verify-challenge", {"dynamodb:UpdateItem", "dynamodb:DeleteItem", SECRET}),
        ("sign-up", {"cognito-idp:AdminCreateUser", "cognito-idp:AdminSetUserPassword"}),
        ("create-batch", {"dynamodb:PutItem"}),
        ("list-batches", {"dynamodb:Query", SECRET}),
        ("get-batch", {"dynamodb:GetItem", "dynamodb:Query", "s3:GetObject", "s3:ListBucket"}),
        ("change-batch", {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"} | SCHEDULING),
        (
            "delete-batch",
            {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:DeleteItem", "s3:DeleteObject", "s3:ListBucket"}
            | SCHEDULING,
        ),
        ("add-event", {"dynamodb:GetItem", "dynamodb:PutItem"}),
        ("add-photo", {"dynamodb:GetItem", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:PutObject"}),
        (
            "add-reminder",
            {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"} | SCHEDULING,
        ),
        ("delete-reminder", {"dynamodb:GetItem", "dynamodb:DeleteItem"} | SCHEDULING),
        ("public-batch", {"dynamodb:Query", "s3:GetObject", "s3:ListBucket"}),
        ("send-reminder", {"dynamodb:GetItem", "dynamodb:UpdateItem", "ses:SendEmail", "sqs:SendMessage"}),
        ("health", set()),
    ],
)
def test_a_function_may_do_what_its_code_does(function, needed):
    allowed = {action for s in statements(functions(TEST)[function]) for action in s["Action"]}
    assert {action for action in allowed if not action.startswith("logs:")} == needed


def test_nothing_is_granted_on_everything():
    assert all(s["Resource"] != "*" for function in functions(TEST).values() for s in statements(function))


def test_only_triggers_know_the_pepper():
    """Whoever has it and the table could find out codes."""
    knowing = {
        function.id for function in functions(TEST).values() if "PEPPER_SECRET_ARN" in str(function.function.to_dict())
    }
    assert knowing == {"create-challenge", "verify-challenge"}


def test_all_routes_but_three_want_a_token():
    (api,) = (construct for construct in TEST.stacks["api"].constructs if construct.kind == "api")
    assert set(api.public_routes) == {"GET /health", "GET /public/b/{batchId}", "POST /sign-up"}
    assert len(api.routes) == 12


def test_there_are_five_stacks_and_only_production_has_alarms():
    kinds = {}
    for system in (TEST, PROD):
        assert set(system.stacks) == {"data", "auth", "scheduler", "api", "monitoring"}
        kinds[system] = [construct.kind for construct in system.stacks["monitoring"].constructs]
    assert kinds[TEST] == ["dashboard"]
    assert {"alarm", "dashboard", "topic"} == set(kinds[PROD])


def test_every_function_of_production_is_watched():
    alarms = {construct.id for construct in PROD.stacks["monitoring"].constructs if construct.kind == "alarm"}
    wanted = {f"{name}-{what}" for name in functions(PROD) for what in ("errors", "throttles", "slow")}
    assert alarms == wanted | {"api-errors", "api-latency", "dead-reminders"}
