"""Errors of the emulator's guard, read by the SDK itself: a person sees the message.

Protocols: https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.session import Session

from cumulo.local.emulator.launcher import refusals

SERVED = ("dynamodb", "sqs")


def authorization(service: str) -> dict[bytes, bytes]:
    scope = f"AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/{service}/aws4_request, Signature=x"
    return {b"authorization": scope.encode()}


@pytest.mark.parametrize(
    ("client", "operation", "signed_as"),
    [
        ("lambda", "list_functions", "lambda"),
        ("logs", "describe_log_groups", "logs"),
        ("ec2", "describe_vpcs", "ec2"),
        ("rds", "describe_db_instances", "rds"),
        ("cloudwatch", "list_metrics", "monitoring"),
        ("route53", "list_hosted_zones", "route53"),
    ],
)
def test_a_service_that_is_not_served_is_named_to_the_sdk(client: str, operation: str, signed_as: str) -> None:
    """JSON, REST-JSON, query, EC2 query, CBOR and REST-XML each have a shape of their own."""
    session = Session()
    session.set_credentials("000000000000", "x")
    sdk = session.create_client(client, region_name="us-east-1")

    def answer(request, **_):
        headers = {key.lower().encode(): str(_text(value)).encode() for key, value in request.headers.items()}
        status, fields, body = refusals.unserved(headers, SERVED)
        response = AWSResponse(request.url, status, {k.decode(): v.decode() for k, v in fields.items()}, None)
        response._content = body
        return response

    sdk.meta.events.register("before-send", answer)
    with pytest.raises(ClientError) as refused:
        getattr(sdk, operation)()
    assert f"cumulo serves no {signed_as} here; it serves dynamodb, sqs" in str(refused.value)


def _text(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("headers", [{}, {b"authorization": b"Bearer x"}, authorization("sqs")])
def test_all_other_requests_pass(headers: dict[bytes, bytes]) -> None:
    assert refusals.unserved(headers, SERVED) is None


def test_what_is_not_text_is_the_callers_fault(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, body = refusals.failed({}, UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"))
    assert (status, b"SerializationException" in body) == (400, True)
    assert capsys.readouterr().err == ""


def test_a_failure_of_the_emulator_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, body = refusals.failed(authorization("sqs"), KeyError("x"))
    assert (status, b"InternalFailure" in body) == (500, True)
    assert capsys.readouterr().err == "emulator: a request to sqs failed: KeyError: 'x'\n"
