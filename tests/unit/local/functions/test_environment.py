"""The environment variables of a worker."""

from pathlib import Path

from cumulo.local.functions.environment import expires_at, worker_environment
from cumulo.local.functions.spec import FunctionSpec


def environment(**own):
    return worker_environment(
        FunctionSpec("f", "arn:f", "a.b", memory=256, environment=own, runtime="python3.12", log_group="/g"),
        now=1_798_786_800.0,
        region="eu-west-1",
        project=Path("/code"),
        credentials={"AWS_ACCESS_KEY_ID": "id", "AWS_CREDENTIAL_EXPIRATION": "2026-01-01T00:00:00Z"},
        endpoints={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
    )


def test_defined_runtime_variables(monkeypatch):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    monkeypatch.setenv("HOST_SECRET", "x")
    variables = environment(OWN="1")
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert variables["LAMBDA_TASK_ROOT"] == "/code"
    assert variables["TZ"] == ":UTC"
    assert variables["OWN"] == "1"
    assert variables["AWS_LAMBDA_LOG_STREAM_NAME"].startswith("2027/01/01/[$LATEST]")
    assert not {"HOST_SECRET", "HOME", "AWS_CREDENTIAL_EXPIRATION"} & variables.keys()


def test_reserved_variables_cannot_be_set_by_the_function():
    variables = environment(AWS_REGION="x", _HANDLER="x", TZ="Europe/Paris", AWS_ENDPOINT_URL="http://own")
    assert (variables["AWS_REGION"], variables["_HANDLER"]) == ("eu-west-1", "a.b")
    assert (variables["TZ"], variables["AWS_ENDPOINT_URL"]) == ("Europe/Paris", "http://own")


def test_when_credentials_end():
    assert expires_at({"AWS_CREDENTIAL_EXPIRATION": "1970-01-01T00:01:00Z"}) == 60
    assert expires_at({}) == float("inf")
