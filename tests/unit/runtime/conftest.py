import json
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest


@pytest.fixture
def context():
    return SimpleNamespace(aws_request_id="invocation-1", function_name="f", memory_limit_in_mb=128)


@pytest.fixture
def event():
    """Make events as API Gateway sends them: payloads of format 2.0. A list in a query is a parameter given often."""

    def make(method="GET", path="/", *, body=None, headers=None, base64=False, request_id="request-1", query=None):
        return {
            "version": "2.0",
            "routeKey": f"{method} {path}",
            "rawPath": path,
            "rawQueryString": urlencode(query or {}, doseq=True),
            "queryStringParameters": {
                name: ",".join(value) if isinstance(value, list) else value for name, value in (query or {}).items()
            },
            "headers": {"content-type": "application/json", **(headers or {})},
            "requestContext": {
                "requestId": request_id,
                "stage": "$default",
                "http": {"method": method, "path": path},
            },
            "body": body if body is None or isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": base64,
        }

    return make


@pytest.fixture
def told():
    """Take a response apart: its status, and its body parsed."""
    return lambda response: (response["statusCode"], json.loads(response["body"]))
