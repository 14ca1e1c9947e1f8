"""Rules about what things cost."""

from __future__ import annotations

import pytest

from cumulo.guidelines.discovery import rules

NETWORK = """
    Resources:
      Vpc: {Type: AWS::EC2::VPC}
      Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc}}
      Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref Subnet}}
      Function:
        Type: AWS::Lambda::Function
        Properties: {Role: !GetAtt Role.Arn, VpcConfig: {SubnetIds: [!Ref Subnet]}}
      Role:
        Type: AWS::IAM::Role
        Properties:
          Policies:
            - PolicyDocument: {Statement: {Effect: Allow, Action: %s, Resource: "*"}}
"""


@pytest.mark.parametrize(
    ("actions", "alternative"),
    [
        ("['s3:GetObject', 'dynamodb:*']", "; endpoints for what the functions behind it call: dynamodb and s3 (free)"),
        (
            "['s3:GetObject', 'sqs:SendMessage', 'sns:Publish']",
            "; endpoints for what the functions behind it call: s3 (free), sns, sqs ($14.60 a month in each zone)",
        ),
        ("['logs:PutLogEvents', 'xray:PutTraceSegments']", ""),
    ],
)
def test_the_endpoints_that_would_replace_a_gateway_are_named(judge, actions, alternative):
    """https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html: those of S3 and DynamoDB are free."""
    (found,) = judge("COST001", NETWORK % actions)
    assert found.message == f"it costs $32.85 a month before any traffic{alternative}"


def test_prices_are_settings(judge):
    (found,) = judge("COST001", NETWORK % "'sqs:*'", hourly=0.052, endpoint_hourly=0.012)
    assert "$37.96 a month" in found.message
    assert "sqs ($8.76 a month in each zone)" in found.message


def test_endpoints_that_are_there_are_not_offered(judge):
    service = "{VpcId: !Ref Vpc, ServiceName: com.amazonaws.eu-west-1.sqs}"
    endpoint = f"      Own: {{Type: AWS::EC2::VPCEndpoint, Properties: {service}}}\n"
    (found,) = judge("COST001", NETWORK % "'sqs:*'" + endpoint)
    assert "sqs" not in found.message


def test_provisioned_concurrency_is_right_in_production():
    (rule,) = (rule for rule in rules() if rule.id == "COST002")
    assert rule.severity.on(production=True) is None
    assert rule.severity.on(production=False) is not None
    assert rule.info().severity is rule.severity.on(production=False)
