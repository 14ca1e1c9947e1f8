"""Rules about functions: severities, settings, several templates, and what AWS's pages say."""

from __future__ import annotations

from datetime import date

import pytest

from cumulo.errors import UsageError
from cumulo.guidelines.edits import Put
from cumulo.guidelines.finding import Severity

FUNCTION = """
    Resources:
      Function: {{Type: AWS::Lambda::Function, Properties: {properties}}}
"""


def three(properties):
    return "Resources:\n" + "".join(
        f"  F{number}: {{Type: AWS::Lambda::Function, Properties: {properties}}}\n" for number in range(3)
    )


def test_the_same_large_size_is_said_once_for_memory_and_once_for_the_timeout(judge):
    found = judge("FN003", three("{MemorySize: 2048, Timeout: 120}"))
    assert [finding.message for finding in found] == [
        "all 3 functions have 2048 MB of memory",
        "all 3 functions have a timeout of 120 s",
    ]


def test_two_functions_may_both_be_large(judge):
    text = three("{MemorySize: 2048}").rsplit("  F2", 1)[0]
    assert not judge("FN003", text)
    assert judge("FN003", text, functions=2)


def test_what_is_large_is_a_setting(judge):
    assert not judge("FN003", three("{MemorySize: 1024, Timeout: 60}"))
    assert not judge("FN003", three("{MemorySize: 2048}"), memory=2048)


def test_functions_of_several_stacks_belong_to_one_app(judge):
    text = FUNCTION.format(properties="{MemorySize: 2048}")
    assert len(judge("FN003", text, text, text)) == 1


@pytest.mark.parametrize("rule", ["FN003", "FN004", "FN009"])
def test_functions_that_tools_add_for_themselves_are_left_alone(judge, rule):
    names = (
        "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F",
        "LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8aFD4BFC8A",
        "ProviderframeworkonEvent83C1D0A7",
        "CustomDashresourceDashapigwDashcwDashroleLambdaFunction",
    )
    functions = "".join(
        f"  {name}: {{Type: AWS::Lambda::Function, Properties: {{MemorySize: 3008}}}}\n" for name in names
    )
    assert not judge(rule, f"Resources:\n{functions}", production=True)
    assert judge(rule, three("{MemorySize: 3008}"), production=True)


@pytest.mark.parametrize("rule", ["FN004", "FN009"])
def test_functions_at_the_edge_have_neither_arm64_nor_tracing(judge, rule):
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html"""
    text = """
        Resources:
          Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
          Role:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument:
                Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: [%s]}}]
    """
    assert judge(rule, text % "lambda.amazonaws.com", production=True)
    assert not judge(rule, text % "lambda.amazonaws.com, edgelambda.amazonaws.com", production=True)


@pytest.mark.parametrize(
    ("on", "severity", "message"),
    [
        ("2026-12-31", None, None),
        ("2027-01-02", Severity.WARNING, "support for python3.11 ends on 2027-06-30"),
        ("2027-06-29", Severity.WARNING, "support for python3.11 ends on 2027-06-30"),
        ("2027-06-30", Severity.ERROR, "python3.11 has had no security fixes since 2027-06-30"),
    ],
)
def test_a_runtime_is_a_warning_before_its_end_and_an_error_after_it(judge, on, severity, message):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html: python3.11 is deprecated on Jun 30, 2027."""
    found = judge("FN005", FUNCTION.format(properties="{Runtime: python3.11}"), on=on)
    assert [(finding.severity, finding.message) for finding in found] == ([(severity, message)] if severity else [])


def test_how_long_before_the_end_is_a_setting(judge):
    text = FUNCTION.format(properties="{Runtime: python3.11}")
    assert judge("FN005", text, on="2026-07-01", days=365)
    assert not judge("FN005", text, on="2027-06-01", days=10)


def test_a_runtime_is_judged_for_today_unless_a_day_is_set(judge):
    text = FUNCTION.format(properties="{Runtime: python3.8}")
    assert judge("FN005", text) == judge("FN005", text, on=date.today().isoformat())


def test_a_day_that_is_none_is_the_users_mistake(judge):
    with pytest.raises(UsageError, match="no day"):
        judge("FN005", FUNCTION.format(properties="{}"), on="soon")


@pytest.mark.parametrize(
    ("old", "new"),
    [("python3.8", "python3.14"), ("go1.x", "provided.al2023"), ("dotnetcore3.1", "dotnet10"), ("java8", "java25")],
)
def test_the_fix_is_the_newest_runtime_of_the_family(judge, old, new):
    (found,) = judge("FN005", FUNCTION.format(properties=f"{{Runtime: {old}}}"))
    assert found.fix == f"Runtime: {new}"


def test_tracing_is_turned_on_where_the_role_may_send_traces(judge):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html: the role needs xray:PutTraceSegments."""
    text = """
        Resources:
          Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
          Role:
            Type: AWS::IAM::Role
            Properties: {ManagedPolicyArns: [%s]}
    """
    (may,) = judge("FN009", text % "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess", production=True)
    assert may.edits == (Put(may.file, ("Resources", "Function", "Properties", "TracingConfig", "Mode"), "Active"),)
    (may_not,) = judge("FN009", text % "arn:aws:iam::aws:policy/Other", production=True)
    assert may_not.edits == ()


def test_tracing_that_a_condition_decides_is_left_to_people(judge):
    text = """
        Conditions: {IsProd: !Equals [!Ref AWS::StackName, prod]}
        Resources:
          Function:
            Type: AWS::Lambda::Function
            Properties:
              Role: !GetAtt Role.Arn
              TracingConfig: !If [IsProd, {Mode: PassThrough}, !Ref AWS::NoValue]
          Role:
            Type: AWS::IAM::Role
            Properties: {ManagedPolicyArns: ["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"]}
    """
    (found,) = judge("FN009", text, production=True)
    assert found.edits == ()


def test_a_policy_of_its_own_may_let_the_role_send_traces(judge):
    text = """
        Resources:
          Function: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
          Role: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: [!Ref Tracing]}}
          Tracing:
            Type: AWS::IAM::ManagedPolicy
            Properties: {PolicyDocument: {Statement: {Effect: %s, Action: "xray:*", Resource: "*"}}}
    """
    assert judge("FN009", text % "Allow", production=True)[0].edits
    assert not judge("FN009", text % "Deny", production=True)[0].edits


def test_other_tracers_are_a_setting(judge):
    text = FUNCTION.format(properties="{Environment: {Variables: {MY_TRACER: on}}}")
    assert judge("FN009", text, production=True)
    assert not judge("FN009", text, production=True, tracers=["MY_TRACER"])


def test_an_arn_without_a_suffix_is_that_of_latest(judge):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html: an unqualified ARN names $LATEST."""
    text = """
        Resources:
          Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: orders}}
          Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: "%s"}}
    """
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:orders"
    assert judge("FN010", text % arn, production=True)
    assert not judge("FN010", text % f"{arn}:7", production=True)


def test_a_caller_in_another_stack_names_the_function_by_an_import(judge):
    api = """
        Resources:
          Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {IntegrationUri: !ImportValue function}}
    """
    code = """
        Resources:
          Function: {Type: AWS::Lambda::Function}
        Outputs:
          Function: {Value: !GetAtt Function.Arn, Export: {Name: function}}
    """
    (found,) = judge("FN010", api, code, production=True)
    assert found.subject == "stack2/Function"
    assert found.message == "Integration invokes its $LATEST"


def test_many_callers_are_counted(judge):
    mappings = "".join(
        f"  M{number}: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{FunctionName: !Ref Function}}}}\n"
        for number in range(5)
    )
    text = f"Resources:\n  Function: {{Type: AWS::Lambda::Function}}\n{mappings}"
    (found,) = judge("FN010", text, production=True)
    assert found.message == "M0, M1, M2 and 2 more invoke its $LATEST"


NETWORK = """
    Resources:
      Vpc: {Type: AWS::EC2::VPC}
      Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc}}
      Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
      InTable:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}
      Function:
        Type: AWS::Lambda::Function
        Properties: {Role: !GetAtt Role.Arn, VpcConfig: {SubnetIds: [!Ref Subnet]}}
      Role:
        Type: AWS::IAM::Role
        Properties:
          Policies:
            - PolicyDocument: {Statement: {Effect: Allow, Action: ["s3:*", "sqs:SendMessage"], Resource: "*"}}
      Endpoint: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Vpc, ServiceName: com.amazonaws.eu-west-1.s3}}
"""


def with_route(properties):
    return NETWORK + f"      Route: {{Type: AWS::EC2::Route, Properties: {properties}}}\n"


def test_the_services_without_an_endpoint_are_named(judge):
    (found,) = judge("FN011", NETWORK)
    assert found.message == "Subnet has no NAT gateway, and Vpc no endpoint for sqs"


def test_an_internet_gateway_is_no_way_out_for_a_function(judge):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html: it has no public IPv4 address."""
    gateway = "      Internet: {Type: AWS::EC2::InternetGateway}\n"
    route = "{RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Internet}"
    assert judge("FN011", with_route(route) + gateway)
    by_ip_6 = "{RouteTableId: !Ref Table, DestinationIpv6CidrBlock: '::/0', GatewayId: !Ref Internet}"
    assert not judge("FN011", with_route(by_ip_6) + gateway)


@pytest.mark.parametrize(
    "route",
    [
        "{RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, TransitGatewayId: tgw-1}",
        "{RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: vgw-1}",
        "{RouteTableId: !ImportValue table, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-1}",
    ],
)
def test_a_route_that_may_lead_out_is_taken_for_one(judge, route):
    assert not judge("FN011", with_route(route))


@pytest.mark.parametrize(
    "endpoint",
    [
        "{VpcId: !ImportValue vpc, ServiceName: com.amazonaws.eu-west-1.sqs}",
        "{VpcId: !Ref Vpc, ServiceName: !ImportValue s}",
    ],
)
def test_an_endpoint_that_may_serve_is_taken_for_one(judge, endpoint):
    assert not judge("FN011", NETWORK + f"      More: {{Type: AWS::EC2::VPCEndpoint, Properties: {endpoint}}}\n")


def test_what_lambda_itself_sends_needs_no_endpoint(judge):
    destination = """
          Config:
            Type: AWS::Lambda::EventInvokeConfig
            Properties: {FunctionName: !Ref Function, DestinationConfig: {OnFailure: {Destination: !GetAtt Queue.Arn}}}
    """
    assert not judge("FN011", NETWORK + destination.replace("\n          ", "\n      "))


def test_layers_are_counted_where_cfn_lint_does_not(judge):
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: five layers."""
    text = """
        Parameters:
          Layers: {Type: CommaDelimitedList, Default: "%s"}
        Resources:
          Function: {Type: AWS::Lambda::Function, Properties: {Layers: !Ref Layers}}
    """
    assert not judge("FN012", text % "a:1,b:1,c:1,d:1,e:1")
    (found,) = judge("FN012", text % "a:1,b:1,c:1,d:1,e:1,f:1")
    assert found.message == "it has 6 layers: more than 5"


def test_two_versions_of_a_layer_are_named(judge):
    layer = "arn:aws:lambda:eu-central-1:123456789012:layer:powertools"
    (found,) = judge("FN012", FUNCTION.format(properties=f"{{Layers: ['{layer}:1', '{layer}:2']}}"))
    assert found.message == "it has two versions of the layer powertools"
