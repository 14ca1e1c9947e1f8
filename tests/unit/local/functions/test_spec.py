"""Reading functions out of a world."""

import pytest

from cumulo.local.functions.spec import function_specs, split_reference
from cumulo.local.invoking import UnknownFunctionError
from cumulo.local.world import Resource, World


def world(**properties):
    resource = Resource("api", "F", "AWS::Lambda::Function", "generated-name", properties)
    other = Resource("api", "T", "AWS::DynamoDB::Table", "t", {})
    return World("123456789012", "eu-west-1", (resource, other))


def test_defaults_of_cloudformation():
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html"""
    spec = function_specs(world(Handler="a.b"))["generated-name"]
    assert (spec.timeout, spec.memory, spec.reserved, spec.environment) == (3.0, 128, None, {})
    assert spec.arn == "arn:aws:lambda:eu-west-1:123456789012:function:generated-name"
    assert spec.log_group == "/aws/lambda/generated-name"


def test_values_written_as_strings():
    spec = function_specs(
        world(
            FunctionName="f",
            Handler="a.b",
            Timeout="30",
            MemorySize="256",
            ReservedConcurrentExecutions=0,
            Environment={"Variables": {"N": 1}},
            LoggingConfig={"LogGroup": "/g", "LogFormat": "JSON"},
        )
    )["f"]
    assert (spec.timeout, spec.memory, spec.reserved, spec.environment) == (30.0, 256, 0, {"N": "1"})
    assert (spec.log_group, spec.log_format) == ("/g", "JSON")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("f", ("f", None)),
        ("f:live", ("f", "live")),
        ("123456789012:function:f", ("f", None)),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", ("f", None)),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f:7", ("f", "7")),
    ],
)
def test_forms_of_a_function_name(reference, expected):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: FunctionName."""
    assert split_reference(reference) == expected


@pytest.mark.parametrize("reference", ["", "a:b:c", "arn:aws:sqs:eu-west-1:123456789012:q"])
def test_what_names_no_function(reference):
    with pytest.raises(UnknownFunctionError):
        split_reference(reference)
