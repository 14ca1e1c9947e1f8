"""Data outlives its declaration: the local cloud never throws away what a table, bucket, queue or secret holds.

The emulator's CloudFormation deletes a removed table with its items and empties an existing one when it creates a
table of the same name. Here a resource that holds data is kept when it leaves its stack, and a stack that declares a
name which exists already takes the resource over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import dynamodb, s3, secretsmanager, sqs, ssm
from ministack.services.cloudformation import provisioners

from .properties import apply_to_bucket, apply_to_table

Properties = Mapping[str, Any]
Created = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Keeper:
    """How one type's existing resources are found.

    Parameters
    ----------
    find
        From properties, stack name and logical id to the physical id of the resource that has that name already.
    before
        From a physical id and the new properties to the properties that the existing resource has, as far as they
        matter to an update.
    holds
        From a physical id to what would be lost (``"3 items"``), or an empty text.
    settle
        Applies to a physical id the properties that the emulator drops.
    check
        Raises when an update from the old to the new properties would lose data.
    """

    find: Callable[[Properties, str, str], str | None]
    before: Callable[[str, Properties], dict[str, Any]]
    holds: Callable[[str], str]
    settle: Callable[[str, Properties], None] = lambda _id, _properties: None
    check: Callable[[str, Properties, Properties], None] = lambda _id, _old, _new: None


def install(kept: Callable[[str], None]) -> None:
    """Put keepers around the emulator's handlers of the types that hold data.

    Parameters
    ----------
    kept
        Takes a sentence about a resource that was kept although its declaration is gone.
    """
    provisioners.s3_bucket_name_conflict = _bucket_conflict
    for type_, keeper in _KEEPERS.items():
        provisioners._RESOURCE_HANDLERS[type_] = _around(type_, provisioners._RESOURCE_HANDLERS[type_], keeper, kept)


def _around(type_: str, handler: dict[str, Any], keeper: Keeper, kept: Callable[[str], None]) -> dict[str, Any]:
    change = handler["update"]
    if not handler.get("update_with_logical_id"):

        def change(id_: str, old: Properties, new: Properties, stack: str, _logical_id: str) -> Created:
            return handler["update"](id_, old, new, stack)  # type: ignore[no-any-return]

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        existing = keeper.find(properties, stack, logical_id)
        if existing is None:
            created: Created = handler["create"](logical_id, properties, stack)
            keeper.settle(created[0], properties)
            return created
        return update(existing, keeper.before(existing, properties), properties, stack, logical_id)

    def update(id_: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        keeper.check(id_, old, new)
        # The handlers delete the predecessor of a replaced resource by themselves; the stack's clean-up deletes it
        # too, through `delete` below.
        token = provisioners._RETAIN_REPLACED.set(True)
        try:
            updated: Created = change(id_, old, new, stack, logical_id)
        finally:
            provisioners._RETAIN_REPLACED.reset(token)
        keeper.settle(updated[0], new)
        return updated

    def delete(id_: str, properties: Properties) -> None:
        content = keeper.holds(id_)
        if content:
            kept(f"{type_} {id_.rpartition('/')[2]} is no longer declared; it is kept with {content}")
        else:
            handler["delete"](id_, properties)

    return {**handler, "create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def _table_find(properties: Properties, stack: str, logical_id: str) -> str | None:
    name = properties.get("TableName") or provisioners._physical_name(stack, logical_id, max_len=255)
    return name if name in dynamodb._tables else None


def _table_before(name: str, properties: Properties) -> dict[str, Any]:
    table = dynamodb._tables[name]
    held = _table_holds(name)
    if held and table["KeySchema"] != properties.get("KeySchema"):
        raise ValueError(
            f"the table {name} exists with {held} under other keys; rename the table or start with empty data"
        )
    if not held:
        table["KeySchema"] = properties.get("KeySchema", [])
        keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
        table.update(pk_name=keys.get("HASH"), sk_name=keys.get("RANGE"))
        table["AttributeDefinitions"] = properties.get("AttributeDefinitions", [])
        table["LocalSecondaryIndexes"] = properties.get("LocalSecondaryIndexes", [])
    before = {
        "TableName": name,
        "KeySchema": table["KeySchema"],
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "GlobalSecondaryIndexes": [_index(index) for index in table.get("GlobalSecondaryIndexes") or []],
        "StreamSpecification": table.get("StreamSpecification"),
    }
    if "LocalSecondaryIndexes" in properties:
        before["LocalSecondaryIndexes"] = [_index(index) for index in table["LocalSecondaryIndexes"] or []]
    return before


def _index(index: Properties) -> dict[str, Any]:
    return {
        key: index[key] for key in ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput") if key in index
    }


def _table_holds(name: str) -> str:
    table = dynamodb._tables.get(name)
    return _count(sum(map(len, table["items"].values())), "item") if table else ""


def _table_check(name: str, old: Properties, new: Properties) -> None:
    """Refuse what makes the emulator drop a table and make it anew under its generated name."""
    held = _table_holds(name)
    changed = any(old.get(key) != new.get(key) for key in ("KeySchema", "LocalSecondaryIndexes"))
    if held and changed and old.get("TableName") == new.get("TableName"):
        raise ValueError(
            f"the table {name} holds {held} and needs replacing; rename its resource or start with empty data"
        )


def _queue_find(properties: Properties, stack: str, logical_id: str) -> str | None:
    name, _ = provisioners._sqs_queue_name(properties, stack, logical_id)
    url: str | None = sqs._queue_name_to_url.get(name)
    return url if url in sqs._queues else None


def _queue_holds(url: str) -> str:
    queue = sqs._queues.get(url)
    return _count(len(queue["messages"]), "message") if queue else ""


def _secret_find(properties: Properties, stack: str, logical_id: str) -> str | None:
    name = properties.get("Name") or provisioners._physical_name(stack, logical_id)
    return name if name in secretsmanager._secrets else None


def _secret_before(_name: str, properties: Properties) -> dict[str, Any]:
    """Keep a generated value; a value that the template itself says is set again."""
    return {key: properties[key] for key in ("GenerateSecretString",) if key in properties}


def _secret_holds(name: str) -> str:
    return "its value" if secretsmanager._secrets.get(name, {}).get("Versions") else ""


def _secret_settle(name: str, _properties: Properties) -> None:
    """Leave a secret without a value empty, where the emulator makes an empty text its value.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    """
    versions = secretsmanager._secrets[name]["Versions"]
    for id_, version in list(versions.items()):
        if not version["SecretString"] and not version["SecretBinary"]:
            del versions[id_]


def _parameter_find(properties: Properties, stack: str, logical_id: str) -> str | None:
    name = properties.get("Name") or f"/{stack}/{logical_id}"
    return name if name in ssm._parameters else None


def _bucket_find(properties: Properties, _stack: str, _logical_id: str) -> str | None:
    name = properties.get("BucketName")
    return name if name and name in s3._buckets else None


def _bucket_holds(name: str) -> str:
    bucket = s3._buckets.get(name)
    if not bucket:
        return ""
    versions = sum(len(versions) for (of, _key), versions in s3._object_versions.items() if of == name)
    return _count(len(bucket["objects"]), "object") or _count(versions, "old version")


def _bucket_conflict(name: str) -> str | None:
    """Refuse only another account's bucket: the account's own is taken over."""
    owner = s3._bucket_owner_account(name)
    if owner is None or owner == get_account_id():
        return None
    return f"Resource of type 'AWS::S3::Bucket' with identifier '{name}' already exists."


def _count(number: int, noun: str) -> str:
    if not number:
        return ""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _nothing(_id: str, _properties: Properties) -> dict[str, Any]:
    return {}


_KEEPERS = {
    "AWS::DynamoDB::Table": Keeper(_table_find, _table_before, _table_holds, apply_to_table, _table_check),
    "AWS::SQS::Queue": Keeper(_queue_find, _nothing, _queue_holds),
    "AWS::SecretsManager::Secret": Keeper(_secret_find, _secret_before, _secret_holds, _secret_settle),
    "AWS::SSM::Parameter": Keeper(_parameter_find, _nothing, lambda _name: ""),  # the template has its value
    "AWS::S3::Bucket": Keeper(_bucket_find, _nothing, _bucket_holds, apply_to_bucket),
}
