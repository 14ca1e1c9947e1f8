"""boto3 clients and hand-written assemblies for tests against the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from cumulo import assembly as assemblies
from cumulo.assembly import Assembly, StackArtifact
from cumulo.local.emulator.process import Credentials, Emulator

REGION = "eu-central-1"


def client(service: str, emulator: Emulator, credentials: Credentials) -> Any:
    """Return a client that signs with the credentials."""
    return boto3.client(
        service,
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.session_token,
        config=Config(retries={"max_attempts": 1}),
    )


def assembly(folder: Path, **templates: Mapping[str, Any]) -> Assembly:
    """Write and read an assembly with one stack for each template."""
    assemblies.write(
        Assembly(
            folder=folder,
            project=folder,
            app="items",
            stage="dev",
            production=False,
            account=None,
            region=None,
            python="3.11",
            stacks=tuple(
                StackArtifact(id=name, name=f"items-dev-{name}", template=template)
                for name, template in templates.items()
            ),
        )
    )
    return assemblies.read(folder)


def table(name: str = "items-dev-table", **properties: Any) -> dict[str, Any]:
    """Return a table's template entry."""
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
                {"AttributeName": "PK", "KeyType": "HASH"},
                {"AttributeName": "SK", "KeyType": "RANGE"},
            ],
            "AttributeDefinitions": [
                {"AttributeName": "PK", "AttributeType": "S"},
                {"AttributeName": "SK", "AttributeType": "S"},
            ],
            **properties,
        },
    }


def role(name: str, *statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a function role's template entry."""
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "links",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
                }
            ],
        },
    }


def item(number: int) -> dict[str, Any]:
    """Return an item for :func:`table`."""
    return {"PK": {"S": f"ITEM#{number}"}, "SK": {"S": "ITEM"}, "name": {"S": "kefir"}}
