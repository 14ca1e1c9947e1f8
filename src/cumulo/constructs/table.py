"""Table: a DynamoDB table with its indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from troposphere import dynamodb

from cumulo.model.checks import check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link, Value
from cumulo.model.names import variable
from cumulo.model.references import Reference
from cumulo.model.stack import Stack

KEY_TYPES = ("S", "N", "B")


class Table(Construct):
    """A DynamoDB table: on demand, encrypted; in production restorable and protected from deletion.

    Parameters
    ----------
    scope, id
        The stack and the table's name in it.
    partition_key, sort_key
        Names of the key attributes; ``"created:N"`` for a number, ``"hash:B"`` for bytes.
    indexes
        Global secondary indexes: name → partition key, or partition and sort key. They project all attributes.
    ttl
        Attribute that holds the time, in seconds since the epoch, after which an item may go.
    stream
        What the table's stream carries, ``"NEW_AND_OLD_IMAGES"`` for example; no stream by default.

    Notes
    -----
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> data = Stack(App("items", Stage("dev")), "data")
    >>> table = Table(data, "items", partition_key="PK", sort_key="SK", indexes={"GSI1": ("GSI1PK", "GSI1SK")})
    >>> table.query("GSI1").grants[0].actions
    ('dynamodb:Query',)
    """

    kind: ClassVar[str] = "table"
    name_limit: ClassVar[int] = 255

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        partition_key: str,
        sort_key: str | None = None,
        indexes: Mapping[str, str | tuple[str] | tuple[str, str]] | None = None,
        ttl: str | None = None,
        stream: str | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        for name, key in (("partition_key", partition_key), ("sort_key", sort_key or "")):
            check_type(self.where, name, key, str, "text", f'write {name}="…"')
        keys = (partition_key, *((sort_key,) if sort_key else ()))
        self.indexes = {name: _as_tuple(index) for name, index in (indexes or {}).items()}
        production = self.stage.production
        properties: dict[str, Any] = {
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": self._attributes([keys, *self.indexes.values()]),
            "KeySchema": _key_schema(keys),
            "SSESpecification": dynamodb.SSESpecification(SSEEnabled=True),
            "PointInTimeRecoverySpecification": dynamodb.PointInTimeRecoverySpecification(
                PointInTimeRecoveryEnabled=production
            ),
            "DeletionProtectionEnabled": production,
        }
        if self.indexes:
            properties["GlobalSecondaryIndexes"] = [_index(name, index) for name, index in self.indexes.items()]
        if ttl:
            properties["TimeToLiveSpecification"] = dynamodb.TimeToLiveSpecification(AttributeName=ttl, Enabled=True)
        if stream:
            properties["StreamSpecification"] = dynamodb.StreamSpecification(StreamViewType=stream)
        keep: dict[str, Any] = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if production else {}
        self.table = self.add(dynamodb.Table(self.logical_id(), **properties, **keep))

    @property
    def arn(self) -> Reference:
        """The table's ARN."""
        return self.reference("Arn")

    @property
    def table_name(self) -> Reference:
        """The table's name."""
        return self.reference()

    def get(self) -> Link:
        """Return a link that may get one item by its key."""
        return self._link(("dynamodb:GetItem",), self.arn)

    def put(self) -> Link:
        """Return a link that may put items."""
        return self._link(("dynamodb:PutItem",), self.arn)

    def update(self) -> Link:
        """Return a link that may update items."""
        return self._link(("dynamodb:UpdateItem",), self.arn)

    def delete(self) -> Link:
        """Return a link that may delete items."""
        return self._link(("dynamodb:DeleteItem",), self.arn)

    def query(self, *indexes: str) -> Link:
        """Return a link that may query: the table and its indexes, or the named indexes only."""
        for name in indexes:
            if name not in self.indexes:
                raise self.error(f"there is no index {name!r}", hint=f"it has: {', '.join(self.indexes) or 'none'}")
        targets = self._index_arns(indexes) if indexes else (self.arn, *self._index_arns(tuple(self.indexes)))
        return self._link(("dynamodb:Query",), *targets)

    def read(self) -> Link:
        """Return a link that may get, one item or batches, and query."""
        batches = self._link(("dynamodb:BatchGetItem",), self.arn)
        return Link((*self.get().grants, *batches.grants, *self.query().grants), self._environment)

    def write(self) -> Link:
        """Return a link that may put, update and delete, one item or batches."""
        return self._link(
            ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
            self.arn,
        )

    def scan(self) -> Link:
        """Return a link that may read the whole table: slow and dear, so it is never part of another link."""
        return self._link(("dynamodb:Scan",), self.arn)

    def link(self) -> Link:
        """Return a link that may read and write, without scans."""
        return Link((*self.read().grants, *self.write().grants), self._environment)

    @property
    def _environment(self) -> Mapping[str, Value]:
        return {variable(self.id, "table", "name"): self.table_name}

    def _link(self, actions: tuple[str, ...], *resources: Value) -> Link:
        return Link((Grant(actions, resources),), self._environment)

    def _index_arns(self, names: tuple[str, ...]) -> tuple[Reference, ...]:
        return tuple(self.arn.followed_by(f"/index/{name}") for name in names)

    def _attributes(self, keys: list[tuple[str, ...]]) -> list[dynamodb.AttributeDefinition]:
        types: dict[str, str] = {}
        for name, type_ in (_split_key(key) for pair in keys for key in pair):
            if type_ not in KEY_TYPES:
                raise self.error(f"a key of type {type_!r} is not possible", hint="use S, N or B")
            if types.setdefault(name, type_) != type_:
                raise self.error(f"the attribute {name!r} has two types", hint="write the same type everywhere")
        return [dynamodb.AttributeDefinition(AttributeName=n, AttributeType=t) for n, t in sorted(types.items())]


def _split_key(key: str) -> tuple[str, str]:
    name, _, type_ = key.partition(":")
    return name, type_ or "S"


def _as_tuple(index: str | tuple[str] | tuple[str, str]) -> tuple[str, ...]:
    return (index,) if isinstance(index, str) else tuple(index)


def _key_schema(keys: tuple[str, ...]) -> list[dynamodb.KeySchema]:
    return [
        dynamodb.KeySchema(AttributeName=_split_key(key)[0], KeyType=type_)
        for key, type_ in zip(keys, ("HASH", "RANGE"), strict=False)
    ]


def _index(name: str, keys: tuple[str, ...]) -> dynamodb.GlobalSecondaryIndex:
    return dynamodb.GlobalSecondaryIndex(
        IndexName=name, KeySchema=_key_schema(keys), Projection=dynamodb.Projection(ProjectionType="ALL")
    )
