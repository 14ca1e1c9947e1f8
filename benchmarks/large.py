"""A template as large as CloudFormation takes: 500 resources, in the mix of a serverless backend."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SERVICES = 45
ROUTES = 24
RESOURCES = SERVICES * 10 + 2 + ROUTES * 2

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def write(file: Path) -> Path:
    """Write the template and return its file."""
    resources: dict[str, Any] = {}
    for number in range(SERVICES):
        resources |= _service(number)
    resources |= _api()
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"], "Default": "dev"}},
        "Conditions": {"IsProduction": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": resources,
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}},
    }
    assert len(resources) == RESOURCES == 500
    file.write_text(json.dumps(template, indent=2))
    return file


def _service(number: int) -> Mapping[str, Any]:
    """Return a queue's consumer with what belongs to it: ten resources."""
    name = f"S{number:02}"
    return {
        f"{name}Role": _resource("AWS::IAM::Role", AssumeRolePolicyDocument=_TRUST, Policies=[_policy(name)]),
        f"{name}Function": _resource(
            "AWS::Lambda::Function",
            FunctionName={"Fn::Sub": f"shop-${{Stage}}-consumer-{number}"},
            Runtime="python3.12",
            Architectures=["arm64"],
            Handler=f"functions.consumer{number}.handler",
            Code={"S3Bucket": "artifacts", "S3Key": f"{number:064x}.zip"},
            MemorySize={"Fn::If": ["IsProduction", 1024, 256]},
            Timeout=30,
            Role=_arn(f"{name}Role"),
            LoggingConfig={"LogGroup": {"Ref": f"{name}Logs"}, "LogFormat": "JSON"},
            TracingConfig={"Mode": "Active"},
            Environment={"Variables": {"TABLE": {"Ref": f"{name}Table"}, "TOPIC": {"Ref": f"{name}Topic"}}},
        ),
        f"{name}Logs": _resource(
            "AWS::Logs::LogGroup", LogGroupName={"Fn::Sub": f"/shop/${{Stage}}/{number}"}, RetentionInDays=30
        ),
        f"{name}DeadLetters": _resource("AWS::SQS::Queue", MessageRetentionPeriod=1209600),
        f"{name}Queue": _resource(
            "AWS::SQS::Queue",
            VisibilityTimeout=180,
            ReceiveMessageWaitTimeSeconds=20,
            RedrivePolicy={"deadLetterTargetArn": _arn(f"{name}DeadLetters"), "maxReceiveCount": 5},
        ),
        f"{name}Source": _resource(
            "AWS::Lambda::EventSourceMapping",
            EventSourceArn=_arn(f"{name}Queue"),
            FunctionName={"Ref": f"{name}Function"},
            FunctionResponseTypes=["ReportBatchItemFailures"],
            BatchSize=10,
        ),
        f"{name}Table": _resource(
            "AWS::DynamoDB::Table",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": {"Fn::If": ["IsProduction", True, False]}},
        ),
        f"{name}Topic": _resource("AWS::SNS::Topic", KmsMasterKeyId="alias/aws/sns"),
        f"{name}TopicPolicy": _resource(
            "AWS::SNS::TopicPolicy", Topics=[{"Ref": f"{name}Topic"}], PolicyDocument=_from(name)
        ),
        f"{name}Alarm": _resource(
            "AWS::CloudWatch::Alarm",
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Dimensions=[{"Name": "QueueName", "Value": {"Fn::GetAtt": [f"{name}DeadLetters", "QueueName"]}}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[{"Ref": f"{name}Topic"}],
        ),
    }


def _policy(name: str) -> Mapping[str, Any]:
    grants = {
        f"{name}Logs": ["logs:CreateLogStream", "logs:PutLogEvents"],
        f"{name}Queue": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        f"{name}Table": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
    }
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": _arn(resource)} for resource, actions in grants.items()
    ]
    statements.append({"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": f"{name}Topic"}})
    return {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}


def _from(name: str) -> Mapping[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": f"{name}Topic"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _api() -> Mapping[str, Any]:
    """Return an HTTP API whose routes put messages into the queues' functions."""
    resources: dict[str, Any] = {
        "Api": _resource("AWS::ApiGatewayV2::Api", Name={"Fn::Sub": "shop-${Stage}"}, ProtocolType="HTTP"),
        "ApiStage": _resource("AWS::ApiGatewayV2::Stage", ApiId={"Ref": "Api"}, StageName="$default", AutoDeploy=True),
    }
    for number in range(ROUTES):
        resources[f"Integration{number}"] = _resource(
            "AWS::ApiGatewayV2::Integration",
            ApiId={"Ref": "Api"},
            IntegrationType="AWS_PROXY",
            IntegrationUri=_arn(f"S{number:02}Function"),
            PayloadFormatVersion="2.0",
        )
        resources[f"Route{number}"] = _resource(
            "AWS::ApiGatewayV2::Route",
            ApiId={"Ref": "Api"},
            RouteKey=f"GET /things{number}/{{id}}",
            AuthorizationType="AWS_IAM",
            Target={"Fn::Sub": f"integrations/${{Integration{number}}}"},
        )
    return resources


def _resource(kind: str, **properties: Any) -> Mapping[str, Any]:
    return {"Type": kind, "Properties": properties}


def _arn(logical_id: str) -> Mapping[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}
