"""What only a busy AWS does: here botocore's own stub answers in its place."""

import json
from types import SimpleNamespace

import pytest
from botocore.stub import Stubber

from cumulo.runtime import linked

CONTEXT = SimpleNamespace(aws_request_id="invocation")
EVENT = {
    "rawPath": "/items/red-shoe",
    "headers": {"x-api-key": "the-key"},
    "requestContext": {
        "requestId": "request",
        "stage": "$default",
        "http": {"method": "GET", "path": "/items/red-shoe"},
    },
}
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "ITEMS_TABLE_NAME": "items-test-items",
    "API_KEY_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:items-test-api-key-AbCdEf",
}


@pytest.fixture
def handler(monkeypatch):
    """The handler of the item functions, in an environment like Lambda's."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    from functions.items import handler

    return handler


def test_a_busy_table_is_429_in_the_shape_and_the_key_is_read_once(handler):
    with Stubber(linked.client("secretsmanager")) as secrets, Stubber(linked.client("dynamodb")) as table:
        secrets.add_response("get_secret_value", {"SecretString": "the-key"})
        for _ in range(2):
            table.add_client_error("get_item", "ProvisionedThroughputExceededException", "secret internals")
            answer = handler(EVENT, CONTEXT)
            body = json.loads(answer["body"])
            assert (answer["statusCode"], body["error"]) == (429, "Too many requests")
            assert set(body) == {"error", "timestamp", "requestId"}
            assert answer["headers"]["Retry-After"] == "1"
