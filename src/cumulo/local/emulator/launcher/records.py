"""The stacks' records, as the emulator's CloudFormation keeps and saves them: read without its engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARK = "_cumulo"
"""The key of a stack's record that says which stack of the assembly it is, in which version."""

ENDPOINT = "CumuloEndpoint"
"""The property that tells an API or a function URL where it is served; it is added before deployment."""

Records = Mapping[tuple[str, str, str], dict[str, Any]]
"""The records of all stacks by account, region and name."""

SERVICES = {
    "dynamodb": "AWS::DynamoDB::",
    "sqs": "AWS::SQS::",
    "sns": "AWS::SNS::",
    "s3": "AWS::S3::",
    "secretsmanager": "AWS::SecretsManager::",
    "ssm": "AWS::SSM::",
    "iam": "AWS::IAM::",
    "kms": "AWS::KMS::",
    "cognito": "AWS::Cognito::",
    "eventbridge": "AWS::Events::",
    "ses": "AWS::SES::",
    "ses_v2": "AWS::SES::",
}
"""The resource types of each service that keeps state."""


def deployed(records: Records, account: str, region: str) -> list[dict[str, Any]]:
    """Return the stacks that were deployed from an assembly, with every resource resolved."""
    return [
        {
            "name": name,
            **record[MARK],
            "resources": [_resource(*entry) for entry in record["_resources"].items()],
            "outputs": {output["OutputKey"]: output["OutputValue"] for output in record["Outputs"]},
        }
        for (of_account, of_region, name), record in records.items()
        if MARK in record and (of_account, of_region) == (account, region)
    ]


def forget(records: Records, services: set[str]) -> None:
    """Take the resources of services whose state was lost out of all stacks, so that they are made again."""
    prefixes = tuple(SERVICES[name] for name in services if name in SERVICES)
    for record in records.values() if prefixes else ():
        resources = record.get("_resources", {})
        for key in [key for key, value in resources.items() if value["ResourceType"].startswith(prefixes)]:
            del resources[key]
        if MARK in record:
            record[MARK]["digest"] = ""
            record["_template"] = {}


def _resource(logical_id: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "logical_id": logical_id,
        "type": record["ResourceType"],
        "physical_id": record["PhysicalResourceId"],
        "properties": {key: value for key, value in record["Properties"].items() if key != ENDPOINT},
    }
