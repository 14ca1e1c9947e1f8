from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    SSOTokenLoadError,
    UnauthorizedSSOTokenError,
)

from cumulo.delivery.session import aws_errors, connect
from cumulo.errors import CumuloError


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for key in [key for key in os.environ if key.startswith("AWS_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def answer(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateChangeSet")


@pytest.mark.parametrize(
    ("raised", "what"),
    [
        (answer("ExpiredToken"), "the AWS credentials have expired"),
        (answer("ExpiredTokenException"), "the AWS credentials have expired"),
        (answer("InvalidClientTokenId"), "AWS does not know these credentials"),
        (answer("SignatureDoesNotMatch"), "AWS does not know these credentials"),
        (answer("AccessDenied", "User is not authorized"), "AWS refuses CreateChangeSet: User is not authorized"),
        (answer("ValidationError", "Template error"), "CreateChangeSet failed: Template error (ValidationError)"),
        (NoCredentialsError(), "no AWS credentials were found"),
        (SSOTokenLoadError(profile_name="p", error_msg="e"), "the AWS session has expired"),
        (UnauthorizedSSOTokenError(), "the AWS session has expired"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"),
            "Could not connect to the endpoint URL: http://127.0.0.1:1/",
        ),
    ],
)
def test_what_boto3_raises_is_explained(raised: Exception, what: str) -> None:
    with pytest.raises(CumuloError) as error, aws_errors("stack items-dev-api"):
        raise raised
    assert error.value.what == what


def test_our_own_errors_pass() -> None:
    with pytest.raises(CumuloError, match="mine"), aws_errors():
        raise CumuloError("mine")


def test_an_endpoint_that_is_no_url_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(CumuloError, match="Invalid endpoint: nonsense") as error:
        connect(region="eu-central-1")
    assert "AWS_ENDPOINT_URL" in str(error.value.hint)


def test_another_value_error_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="a defect"), aws_errors():
        raise ValueError("a defect")


def test_no_region_is_a_clear_error() -> None:
    with pytest.raises(CumuloError, match="no AWS region is set"):
        connect()


def test_no_credentials_are_a_clear_error() -> None:
    with pytest.raises(CumuloError, match="no AWS credentials were found"):
        connect(region="eu-central-1")


def test_an_unknown_profile_is_a_clear_error() -> None:
    with pytest.raises(CumuloError, match="nobody"):
        connect(region="eu-central-1", profile="nobody")


def test_an_endpoint_that_does_not_answer_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(CumuloError, match="Could not connect") as error:
        connect(region="eu-central-1")
    assert "AWS_ENDPOINT_URL" in (error.value.hint or "")
