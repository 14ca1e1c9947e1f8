"""Assemblies brought to the emulator."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from cumulo.errors import CumuloError
from cumulo.local.emulator import process
from cumulo.local.emulator.process import Emulator
from cumulo.local.stacks import deploy
from cumulo.local.world import Resource, World

from ._aws import REGION, assembly, client, item, role, table

FUNCTION_ARN = "arn:aws:lambda:eu-central-1:{account}:function:{name}"


def function(name: str | None, role_id: str = "Role", **properties: Any) -> dict[str, Any]:
    """Return a function's template entry."""
    named = {"FunctionName": name} if name else {}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            **named,
            "Handler": "functions.items.create",
            "Runtime": "python3.11",
            "Role": {"Fn::GetAtt": [role_id, "Arn"]},
            "Code": {
                "S3Bucket": {"Fn::Sub": "cumulo-assets-${AWS::AccountId}-${AWS::Region}"},
                "S3Key": "assets/0.zip",
            },
            **properties,
        },
    }


def resource(world: World, logical_id: str) -> Resource:
    """Return the one resource of that logical id."""
    [found] = [resource for resource in world.resources if resource.logical_id == logical_id]
    return found


DATA = {
    "Resources": {
        "Table": table(
            TimeToLiveSpecification={"AttributeName": "TTL", "Enabled": True},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            Tags=[{"Key": "app", "Value": "items"}],
        ),
        "Orders": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "items-dev-orders",
                "Tags": [{"Key": "app", "Value": "items"}],
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]},
                    "maxReceiveCount": 3,
                },
            },
        },
        "Failed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "items-dev-failed"}},
        "Key": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": "items-dev-key", "GenerateSecretString": {"PasswordLength": 40}},
        },
        "Limits": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/items/dev/limits", "Type": "String", "Value": "10"},
        },
        "Alerts": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "items-dev-alerts"}},
    },
    "Outputs": {
        "TableName": {"Value": {"Ref": "Table"}, "Export": {"Name": "items-dev-data:TableName"}},
        "TableArn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}, "Export": {"Name": "items-dev-data:TableArn"}},
    },
}

API = {
    "Parameters": {"Level": {"Type": "String", "Default": "INFO"}},
    "Mappings": {"Memory": {"dev": {"Size": 512}}},
    "Conditions": {
        "Loud": {"Fn::Equals": [{"Ref": "Level"}, "DEBUG"]},
        "Quiet": {"Fn::Not": [{"Condition": "Loud"}]},
    },
    "Resources": {
        "Role": role(
            "items-dev-create",
            {
                "Effect": "Allow",
                "Action": ["dynamodb:PutItem"],
                "Resource": {"Fn::ImportValue": "items-dev-data:TableArn"},
            },
            {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": {"Fn::GetAtt": ["Logs", "Arn"]}},
        ),
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": "/aws/lambda/items-dev-create", "RetentionInDays": 7},
        },
        "Create": function(
            "items-dev-create",
            MemorySize={"Fn::FindInMap": ["Memory", "dev", "Size"]},
            LoggingConfig={"LogGroup": {"Ref": "Logs"}},
            Timeout={"Fn::If": ["Loud", 900, {"Ref": "AWS::NoValue"}]},
            Environment={
                "Variables": {
                    "TABLE_NAME": {"Fn::ImportValue": "items-dev-data:TableName"},
                    "LEVEL": {"Ref": "Level"},
                    "URL": {"Fn::Sub": "${Api.ApiEndpoint}/items"},
                    "DEBUG": {"Fn::If": ["Loud", "1", {"Ref": "AWS::NoValue"}]},
                    "PARTS": {"Fn::Join": ["|", {"Fn::Split": ["-", "a-b"]}]},
                }
            },
        ),
        "Extra": {"Type": "AWS::SQS::Queue", "Condition": "Loud"},
        "Sometimes": {
            "Type": "AWS::SQS::Queue",
            "Condition": "Quiet",
            "DependsOn": ["Create"],
            "Properties": {"QueueName": {"Fn::Sub": "${Create}-queue"}},
        },
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": "items-dev-api", "ProtocolType": "HTTP"},
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": ["Create", "Arn"]},
                "PayloadFormatVersion": "2.0",
            },
        },
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "RouteKey": "POST /items",
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Create"},
                "Action": "lambda:InvokeFunction",
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"},
            },
        },
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Create"}}},
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": "Create"},
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
                "Name": "live",
            },
        },
        "Unknown": {"Type": "AWS::Nonsense::Thing", "Properties": {"Name": "thing"}},
    },
    "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}},
}


async def bring(emulator: Emulator, account: str, folder: Path, **templates: Any) -> tuple[World, list[str]]:
    """Deploy templates; return the world and what was said."""
    said: list[str] = []
    world = await deploy(
        assembly(folder, **templates),
        emulator,
        account=account,
        region=REGION,
        endpoints=lambda stack, logical_id: f"http://127.0.0.1:3000/{stack}/{logical_id}",
        report=said.append,
    )
    return world, said


class TestWorld:
    @pytest.fixture
    async def world(self, emulator: Emulator, account: str, tmp_path: Path) -> World:
        return (await bring(emulator, account, tmp_path, data=DATA, api=API))[0]

    async def test_a_function_is_resolved(self, world: World, account: str) -> None:
        create = resource(world, "Create")
        assert (create.stack, create.physical_id) == ("api", "items-dev-create")
        assert create.properties["Role"] == f"arn:aws:iam::{account}:role/items-dev-create"
        assert create.properties["Code"]["S3Bucket"] == f"cumulo-assets-{account}-{REGION}"
        assert create.properties["MemorySize"] == 512
        assert create.properties["LoggingConfig"] == {"LogGroup": "/aws/lambda/items-dev-create"}
        assert "Timeout" not in create.properties
        assert create.properties["Environment"]["Variables"] == {
            "TABLE_NAME": "items-dev-table",
            "LEVEL": "INFO",
            "URL": "http://127.0.0.1:3000/api/Api/items",
            "PARTS": "a|b",
        }

    async def test_an_api_is_resolved(self, world: World, account: str) -> None:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html"""
        arn = FUNCTION_ARN.format(account=account, name="items-dev-create")
        api, integration, route = (resource(world, name) for name in ("Api", "Integration", "Route"))
        assert "CumuloEndpoint" not in api.properties
        assert integration.properties["ApiId"] == route.properties["ApiId"] == api.physical_id
        assert integration.properties["IntegrationUri"] == arn == world.function_arn("items-dev-create")
        assert route.properties["Target"] == f"integrations/{integration.physical_id}"
        assert resource(world, "Permission").properties["SourceArn"] == (
            f"arn:aws:execute-api:{REGION}:{account}:{api.physical_id}/*"
        )
        assert world.outputs["api"] == {"Url": "http://127.0.0.1:3000/api/Api"}

    async def test_versions_and_aliases(self, world: World, account: str) -> None:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html"""
        arn = FUNCTION_ARN.format(account=account, name="items-dev-create")
        assert resource(world, "Version").physical_id == f"{arn}:1"
        assert resource(world, "Live").physical_id == f"{arn}:live"
        assert resource(world, "Live").properties["FunctionVersion"] == "1"

    async def test_conditions_and_references_to_functions(self, world: World) -> None:
        assert "Extra" not in {found.logical_id for found in world.resources}
        assert resource(world, "Sometimes").physical_id.endswith("/items-dev-create-queue")

    async def test_a_role_names_what_cumulo_runs(self, world: World, emulator: Emulator, account: str) -> None:
        iam = client("iam", emulator, emulator.root_credentials(account))
        policy = iam.get_role_policy(RoleName="items-dev-create", PolicyName="links")["PolicyDocument"]
        assert [statement["Resource"] for statement in policy["Statement"]] == [
            f"arn:aws:dynamodb:{REGION}:{account}:table/items-dev-table",
            f"arn:aws:logs:{REGION}:{account}:log-group:/aws/lambda/items-dev-create:*",
        ]

    async def test_what_the_emulator_drops_is_applied(self, world: World, emulator: Emulator, account: str) -> None:
        dynamodb = client("dynamodb", emulator, emulator.root_credentials(account))
        ttl = dynamodb.describe_time_to_live(TableName="items-dev-table")["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "TTL"}
        backups = dynamodb.describe_continuous_backups(TableName="items-dev-table")
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        arn = f"arn:aws:dynamodb:{REGION}:{account}:table/items-dev-table"
        assert {"Key": "app", "Value": "items"} in dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
        sqs = client("sqs", emulator, emulator.root_credentials(account))
        assert sqs.list_queue_tags(QueueUrl=resource(world, "Orders").physical_id)["Tags"]["app"] == "items"

    async def test_a_generated_secret_and_a_parameter(self, world: World, emulator: Emulator, account: str) -> None:
        root = emulator.root_credentials(account)
        secret = client("secretsmanager", emulator, root).get_secret_value(SecretId="items-dev-key")
        assert len(secret["SecretString"]) == 40
        ssm = client("ssm", emulator, root)
        assert ssm.get_parameter(Name="/items/dev/limits")["Parameter"]["Value"] == "10"

    async def test_a_type_that_nothing_runs_is_said(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        world, said = await bring(emulator, account, tmp_path, data=DATA, api=API)
        assert resource(world, "Unknown").physical_id == "thing"
        assert world.resources
        # The type is known to the emulator from then on, so it is said once for each emulator at most.
        assert len([line for line in said if "AWS::Nonsense::Thing" in line]) <= 1

    async def test_ids_are_the_same_everywhere_but_differ_from_each_other(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        first, _ = await bring(emulator, account, tmp_path / "1", data=DATA, api=API)
        template = {**API, "Resources": {**API["Resources"], "Other": API["Resources"]["Api"]}}  # type: ignore[dict-item]
        second, _ = await bring(emulator, account, tmp_path / "2", data=DATA, api=template)
        assert resource(first, "Api") == resource(second, "Api")
        assert resource(second, "Other").physical_id != resource(second, "Api").physical_id

    async def test_generated_names(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        template = {"Resources": {"Role": role("r"), "Fn": function(None)}}
        world, _ = await bring(emulator, account, tmp_path, api=template)
        assert resource(world, "Fn").physical_id.startswith("items-dev-api-Fn-")


class TestChanges:
    async def test_nothing_changed_deploys_nothing(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        first, said = await bring(emulator, account, tmp_path, data=DATA, api=API)
        assert said[0].startswith("Deploying")
        second, said = await bring(emulator, account, tmp_path, data=DATA, api=API)
        assert said == []
        assert first == second

    async def test_only_the_stack_that_changed_is_deployed(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        await bring(emulator, account, tmp_path, data=DATA, api=API)
        changed = {**API, "Parameters": {"Level": {"Type": "String", "Default": "DEBUG"}}}
        world, said = await bring(emulator, account, tmp_path, data=DATA, api=changed)
        assert said == ["Deploying items-dev-api ..."]
        assert resource(world, "Create").properties["Timeout"] == 900
        assert "Sometimes" not in {found.logical_id for found in world.resources}
        assert resource(world, "Extra")

    async def test_another_endpoint_reaches_who_refers_to_it(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        await bring(emulator, account, tmp_path, data=DATA, api=API)
        world = await deploy(
            assembly(tmp_path, data=DATA, api=API),
            emulator,
            account=account,
            region=REGION,
            endpoints=lambda *_: "http://127.0.0.1:4000",
        )
        variables = resource(world, "Create").properties["Environment"]["Variables"]
        assert variables["URL"] == "http://127.0.0.1:4000/items"
        assert world.outputs["api"]["Url"] == "http://127.0.0.1:4000"

    async def test_a_table_keeps_its_items_when_it_changes(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        dynamodb = client("dynamodb", emulator, emulator.root_credentials(account))
        await bring(emulator, account, tmp_path, data={"Resources": {"Table": table()}})
        dynamodb.put_item(TableName="items-dev-table", Item=item(1))
        changed = table(
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "GSI")],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "GSI",
                    "KeySchema": [{"AttributeName": "GSI", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            TimeToLiveSpecification={"AttributeName": "TTL", "Enabled": True},
        )
        await bring(emulator, account, tmp_path, data={"Resources": {"Table": changed}})
        assert dynamodb.scan(TableName="items-dev-table")["Items"] == [item(1)]
        assert dynamodb.describe_table(TableName="items-dev-table")["Table"]["GlobalSecondaryIndexes"]
        ttl = dynamodb.describe_time_to_live(TableName="items-dev-table")["TimeToLiveDescription"]
        assert ttl["TimeToLiveStatus"] == "ENABLED"

    async def test_a_table_with_other_keys_is_refused_and_keeps_its_items(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html

        A changed key schema needs a replacement, which CloudFormation refuses for a table with a name of its own.
        """
        dynamodb = client("dynamodb", emulator, emulator.root_credentials(account))
        await bring(emulator, account, tmp_path, data={"Resources": {"Table": table()}})
        dynamodb.put_item(TableName="items-dev-table", Item=item(1))
        other = table(KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}])
        with pytest.raises(CumuloError, match=r"Table \(AWS::DynamoDB::Table\) failed: .*[Rr]ename"):
            await bring(emulator, account, tmp_path, data={"Resources": {"Table": other}})
        assert dynamodb.scan(TableName="items-dev-table")["Items"] == [item(1)]
        await bring(emulator, account, tmp_path, data={"Resources": {"Table": table()}})

    async def test_a_generated_table_is_not_replaced_while_it_holds_items(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        dynamodb = client("dynamodb", emulator, emulator.root_credentials(account))
        generated = table()
        del generated["Properties"]["TableName"]
        world, _ = await bring(emulator, account, tmp_path, data={"Resources": {"Table": generated}})
        name = resource(world, "Table").physical_id
        dynamodb.put_item(TableName=name, Item=item(1))
        other = table(KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}])
        del other["Properties"]["TableName"]
        with pytest.raises(CumuloError, match="holds 1 item and needs replacing"):
            await bring(emulator, account, tmp_path, data={"Resources": {"Table": other}})
        assert dynamodb.scan(TableName=name)["Items"] == [item(1)]

    @pytest.mark.parametrize("leaves", ["resource", "stack", "renamed"])
    async def test_data_whose_declaration_left_is_kept_and_comes_back(
        self, emulator: Emulator, account: str, tmp_path: Path, leaves: str
    ) -> None:
        root = emulator.root_credentials(account)
        dynamodb, sqs = client("dynamodb", emulator, root), client("sqs", emulator, root)
        secrets = client("secretsmanager", emulator, root)
        other = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        world, _ = await bring(emulator, account, tmp_path, data=DATA, other=other)
        dynamodb.put_item(TableName="items-dev-table", Item=item(1))
        url = resource(world, "Orders").physical_id
        sqs.send_message(QueueUrl=url, MessageBody="kept")
        value = secrets.get_secret_value(SecretId="items-dev-key")["SecretString"]

        without: dict[str, Any] = {"data": other, "other": other}
        if leaves == "stack":
            del without["data"]
        if leaves == "renamed":
            renamed = {"Table": table("items-dev-other")}
            without["data"] = {"Resources": {**other["Resources"], **renamed}}
        _, said = await bring(emulator, account, tmp_path, **without)
        kept = [line for line in said if "is kept" in line]
        assert any("items-dev-table" in line and "1 item" in line for line in kept)
        assert any("items-dev-orders" in line and "1 message" in line for line in kept)
        assert not any("items-dev-failed" in line for line in kept)
        assert "items-dev-failed" not in str(sqs.list_queues().get("QueueUrls"))

        await bring(emulator, account, tmp_path, data=DATA, other=other)
        assert dynamodb.scan(TableName="items-dev-table")["Items"] == [item(1)]
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"
        assert secrets.get_secret_value(SecretId="items-dev-key")["SecretString"] == value

    async def test_a_removed_stack_takes_what_is_empty_with_it(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        other = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        await bring(emulator, account, tmp_path, data=DATA, api=API, other=other)
        world, said = await bring(emulator, account, tmp_path, other=other)
        assert [line for line in said if "Removing" in line] == [
            "Removing items-dev-api ...",
            "Removing items-dev-data ...",
        ]
        assert {found.stack for found in world.resources} == {"other"}
        dynamodb = client("dynamodb", emulator, emulator.root_credentials(account))
        assert dynamodb.list_tables()["TableNames"] == []


class TestFailures:
    async def test_the_first_failed_resource_is_named(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        bad = {
            "Type": "AWS::SSM::Parameter",
            "DependsOn": "Good",
            "Properties": {"Name": "/p", "Type": "SecureString", "Value": "1"},
        }
        good = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "good"}}
        with pytest.raises(
            CumuloError, match=r"^stack items-dev-data: Bad \(AWS::SSM::Parameter\) failed: .*SecureString"
        ):
            await bring(emulator, account, tmp_path, data={"Resources": {"Good": good, "Bad": bad}})
        bad["Properties"]["Type"] = "String"  # type: ignore[index]
        world, _ = await bring(emulator, account, tmp_path, data={"Resources": {"Good": good, "Bad": bad}})
        assert resource(world, "Bad").physical_id == "/p"

    async def test_a_missing_import(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        with pytest.raises(CumuloError, match="items-dev-data:TableArn"):
            await bring(emulator, account, tmp_path, api=API)

    async def test_an_output_of_an_attribute_that_does_not_exist(
        self, emulator: Emulator, account: str, tmp_path: Path
    ) -> None:
        template = {
            "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
            "Outputs": {"Wrong": {"Value": {"Fn::GetAtt": ["Queue", "Nothing"]}}},
        }
        with pytest.raises(CumuloError, match=r"stack items-dev-data: .*Nothing"):
            await bring(emulator, account, tmp_path, data=template)

    async def test_a_large_template_is_deployed(self, emulator: Emulator, account: str, tmp_path: Path) -> None:
        """51,200 bytes is the limit of a template in a request, 1 MB of one in S3, which Cumulo's deployment uses."""
        resources = {
            f"Queue{number}": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": [{"Key": "x", "Value": "v" * 200}]}}
            for number in range(300)
        }
        world, _ = await bring(emulator, account, tmp_path, data={"Resources": resources})
        assert len(world.resources) == 300


class TestRestarts:
    async def test_a_restart_has_the_same_world_and_deploys_nothing(
        self, emulator_python: Path, account: str, tmp_path: Path
    ) -> None:
        arguments: dict[str, Any] = {"python": emulator_python, "state": tmp_path / "state", "save_interval": 3600}
        async with process.running(**arguments) as emulator:
            first, _ = await bring(emulator, account, tmp_path, data=DATA, api=API)
            port = emulator.port
            # Deployment has saved: a crash right after it loses nothing.
            os.kill(emulator.pid, signal.SIGKILL)
        async with process.running(**arguments, port=port) as emulator:
            second, said = await bring(emulator, account, tmp_path, data=DATA, api=API)
        assert said == []
        assert first == second

    async def test_after_a_crash_in_the_middle_it_is_deployed_again(
        self, emulator_python: Path, account: str, tmp_path: Path
    ) -> None:
        arguments: dict[str, Any] = {"python": emulator_python, "state": tmp_path / "state", "save_interval": 3600}
        async with process.running(**arguments) as emulator:
            await bring(emulator, account, tmp_path, data=DATA)
            [request] = await emulator.stacks(account, REGION)
            api = {"account": account, "region": REGION, "name": "items-dev-api", "stack": "api"}
            await emulator.deploy({**api, "template": API, "tags": {}, "digest": request["digest"]})
            os.kill(emulator.pid, signal.SIGKILL)
        async with process.running(**arguments) as emulator:
            world, said = await bring(emulator, account, tmp_path, data=DATA, api=API)
            assert "Deploying items-dev-api ..." in said
            credentials = await emulator.credentials(f"arn:aws:iam::{account}:role/items-dev-create", account)
            dynamodb = client("dynamodb", emulator, credentials)
            dynamodb.put_item(TableName=resource(world, "Table").physical_id, Item=item(1))

    @pytest.mark.parametrize("lost", ["dynamodb", "sqs", "cloudformation", "iam"])
    async def test_after_a_corrupt_file_the_lost_part_is_made_again_and_the_rest_keeps_its_data(
        self, emulator_python: Path, account: str, tmp_path: Path, lost: str
    ) -> None:
        arguments: dict[str, Any] = {
            "python": emulator_python,
            "state": tmp_path / "state",
            "report": lambda _line: None,
        }
        async with process.running(**arguments) as emulator:
            world, _ = await bring(emulator, account, tmp_path, data=DATA, api=API)
            root = emulator.root_credentials(account)
            client("dynamodb", emulator, root).put_item(TableName="items-dev-table", Item=item(1))
            sqs = client("sqs", emulator, root)
            sqs.send_message(QueueUrl=resource(world, "Orders").physical_id, MessageBody="kept")
        (tmp_path / "state" / f"{lost}.json").write_bytes(b"{")
        async with process.running(**arguments) as emulator:
            world, _ = await bring(emulator, account, tmp_path, data=DATA, api=API)
            root = emulator.root_credentials(account)
            items = client("dynamodb", emulator, root).scan(TableName="items-dev-table")["Items"]
            assert items == ([] if lost == "dynamodb" else [item(1)])
            sqs = client("sqs", emulator, root)
            messages = sqs.receive_message(QueueUrl=resource(world, "Orders").physical_id).get("Messages", [])
            assert [message["Body"] for message in messages] == ([] if lost == "sqs" else ["kept"])
            credentials = await emulator.credentials(f"arn:aws:iam::{account}:role/items-dev-create", account)
            client("dynamodb", emulator, credentials).put_item(TableName="items-dev-table", Item=item(2))
