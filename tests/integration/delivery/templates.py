"""Templates for the tests of deliveries."""

from __future__ import annotations

from typing import Any

Template = dict[str, Any]


def template(resources: dict[str, Any], **outputs: Any) -> Template:
    return {"Resources": resources, "Outputs": outputs} if outputs else {"Resources": resources}


def table(name: str | None = None, *, key: str = "PK", **attributes: Any) -> dict[str, Any]:
    properties = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
    }
    if name:
        properties["TableName"] = name
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties, **attributes}


def queue(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def topic(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, **properties}}


def function(name: str, key: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Handler": "handler.handler",
            "Runtime": "python3.11",
            "Role": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/shop-dev-role"},
            "Code": {"S3Bucket": {"Fn::Sub": "cumulo-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": key},
            **properties,
        },
    }


def exported(name: str, value: Any) -> dict[str, Any]:
    return {"Value": value, "Export": {"Name": name}}


def imported(name: str) -> dict[str, Any]:
    return {"Fn::ImportValue": name}


def never(*after: str, seconds: int = 1) -> dict[str, Any]:
    """Resources of which the last waits for a signal that never comes, and so fails after some seconds."""
    return {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Never": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "DependsOn": list(after),
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": str(seconds)},
        },
    }
