"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from cumulo.local.queues.signing import signed_headers


@dataclass
class Keys:
    access_key: str
    secret_key: str
    session_token: str | None = None


@pytest.mark.parametrize("keys", [Keys("000000000001", "secret"), Keys("ASIA", "s/e+c", "token==")])
def test_it_is_botocores_signature(keys: Keys) -> None:
    body = '{"QueueUrl": "http://h/1/ö"}'.encode()
    headers = {"host": "127.0.0.1:4566", "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.X"}
    ours = signed_headers(headers, body, credentials=keys, region="eu-central-1", service="sqs", now=datetime.now(UTC))
    request = AWSRequest("POST", "http://127.0.0.1:4566/", headers=headers, data=body)
    request.context["timestamp"] = ours["x-amz-date"]
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    if keys.session_token:
        request.headers["X-Amz-Security-Token"] = keys.session_token
    auth = SigV4Auth(BotocoreCredentials(keys.access_key, keys.secret_key, keys.session_token), "sqs", "eu-central-1")
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert ours["authorization"].endswith(f"Signature={signature}")
    assert f"Credential={keys.access_key}/" in ours["authorization"]
