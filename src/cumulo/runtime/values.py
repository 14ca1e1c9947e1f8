"""Python values as DynamoDB attribute values, and back."""

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
