"""Python values as DynamoDB attribute values and back, and the expressions that refer to them.

Expressions have placeholders for every name and value, so that no name is reserved and no value is code.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer


def to_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item in DynamoDB's JSON, without the fields that are ``None``.

    Floats become decimals of the same digits, enums their values, UUIDs and dates strings, times strings in UTC that
    sort as the times do.

    Raises
    ------
    ValueError
        For a number that DynamoDB cannot store: not finite, or a time without a zone.

    Examples
    --------
    >>> to_attributes({"price": 9.95, "note": None})
    {'price': {'N': '9.95'}}
    """
    serializer = _serializer()
    return {name: serializer.serialize(_stored(value)) for name, value in item.items() if value is not None}


def to_attribute(value: Any) -> Any:
    """Return one value in DynamoDB's JSON; see :func:`to_attributes`."""
    return _serializer().serialize(_stored(value))


def from_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item as plain values: whole numbers as ``int``, other numbers as ``Decimal``.

    Examples
    --------
    >>> from_attributes({"count": {"N": "3"}, "price": {"N": "9.95"}})
    {'count': 3, 'price': Decimal('9.95')}
    """
    deserializer = _deserializer()
    return {name: _plain(deserializer.deserialize(value)) for name, value in attributes.items()}


def timestamp(time: datetime) -> str:
    """Return a time in UTC with microseconds, so that the strings sort as the times do.

    Examples
    --------
    >>> timestamp(datetime(2026, 3, 1, 12, tzinfo=UTC))
    '2026-03-01T12:00:00.000000Z'
    """
    if time.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Expression:
    """Collects the names and values that the expressions of one call refer to.

    Notes
    -----
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html

    Examples
    --------
    >>> expression = Expression()
    >>> expression.update({"name": "red", "note": None}, {"version": 1})
    'SET #0 = :0 REMOVE #1 ADD #2 :1'
    >>> expression.arguments()["ExpressionAttributeNames"]
    {'#0': 'name', '#1': 'note', '#2': 'version'}
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        """Return the placeholder of an attribute's name."""
        return self._names.setdefault(attribute, f"#{len(self._names)}")

    def value(self, value: Any) -> str:
        """Return a placeholder for a value."""
        placeholder = f":{len(self._values)}"
        self._values[placeholder] = to_attribute(value)
        return placeholder

    def update(self, changes: Mapping[str, Any], increase: Mapping[str, int]) -> str:
        """Return the update expression of changes (``None`` removes) and increases."""
        clauses = {
            "SET": [f"{self.name(n)} = {self.value(v)}" for n, v in changes.items() if v is not None],
            "REMOVE": [self.name(name) for name, value in changes.items() if value is None],
            "ADD": [f"{self.name(name)} {self.value(by)}" for name, by in increase.items()],
        }
        return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)

    def all_of(self, present: str, expect: Mapping[str, Any]) -> str:
        """Return the condition that an attribute is present and others have the expected values."""
        parts = [f"attribute_exists({self.name(present)})"]
        parts += [f"{self.name(name)} = {self.value(value)}" for name, value in expect.items()]
        return " AND ".join(parts)

    def key(
        self, attributes: tuple[str, str], partition: str, *, prefix: str | None = None, since: str | None = None
    ) -> str:
        """Return a key condition: a partition, and the beginning or the lower bound of the sort keys."""
        if prefix is not None and since is not None:
            raise ValueError("DynamoDB takes one condition on the sort key: give prefix or since")
        condition = f"{self.name(attributes[0])} = {self.value(partition)}"
        if prefix is not None:
            condition += f" AND begins_with({self.name(attributes[1])}, {self.value(prefix)})"
        if since is not None:
            condition += f" AND {self.name(attributes[1])} >= {self.value(since)}"
        return condition

    def arguments(self) -> dict[str, Any]:
        """Return the names and values as the call's arguments; without values when there are none."""
        values = {"ExpressionAttributeValues": self._values} if self._values else {}
        names = {placeholder: attribute for attribute, placeholder in self._names.items()}
        return {"ExpressionAttributeNames": names, **values}


def _stored(value: Any) -> Any:
    match value:
        case Enum():
            return _stored(value.value)
        case bool() | int() | str():
            return value
        case float():
            return Decimal(repr(value))
        case datetime():
            return timestamp(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): _stored(each) for name, each in value.items()}
        case list() | tuple():
            return [_stored(each) for each in value]
        case _:
            from uuid import UUID  # slow to load, and rarely met

            return str(value) if isinstance(value, UUID) else value


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else value
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case set():
            return {_plain(each) for each in value}
        case _:
            return value


@functools.cache
def _serializer() -> TypeSerializer:
    from boto3.dynamodb.types import TypeSerializer

    return TypeSerializer()


@functools.cache
def _deserializer() -> TypeDeserializer:
    from boto3.dynamodb.types import TypeDeserializer

    return TypeDeserializer()
