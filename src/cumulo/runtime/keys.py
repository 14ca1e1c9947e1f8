"""Keys of a single table: built from parts, so that no value can pass for another key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SEPARATOR = "#"


class Key:
    """The primary key of one item, or its key in an index.

    Parameters
    ----------
    partition
        The partition key's value.
    sort
        The sort key's value.

    Examples
    --------
    >>> Key("ITEM#red", "ITEM#red") == Key(key("ITEM", "red"), key("ITEM", "red"))
    True
    """

    __slots__ = ("partition", "sort")

    def __init__(self, partition: str, sort: str) -> None:
        self.partition: Final = partition
        self.sort: Final = sort

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        return (self.partition, self.sort) == (other.partition, other.sort)

    def __hash__(self) -> int:
        return hash((self.partition, self.sort))

    def __repr__(self) -> str:
        return f"Key({self.partition!r}, {self.sort!r})"


class Schema:
    """The names of a table's key attributes.

    Parameters
    ----------
    partition_key, sort_key
        The primary key's attributes.
    indexes
        Global secondary indexes: name → partition key and sort key.
    """

    def __init__(
        self,
        partition_key: str = "PK",
        sort_key: str = "SK",
        indexes: Mapping[str, tuple[str, str]] = MappingProxyType({"GSI1": ("GSI1PK", "GSI1SK")}),
    ) -> None:
        self.partition_key = partition_key
        self.sort_key = sort_key
        self.indexes = indexes

    def attributes(self, index: str | None = None) -> tuple[str, str]:
        """Return partition and sort key of the table, or of an index."""
        return self.indexes[index] if index else (self.partition_key, self.sort_key)

    def all_attributes(self) -> frozenset[str]:
        """Return the names of all key attributes."""
        pairs = [self.attributes(), *self.indexes.values()]
        return frozenset(name for pair in pairs for name in pair)


def key(entity: str, *values: object) -> str:
    """Join an entity's name and values to a key.

    A ``#`` inside a value is escaped, so that different values never make the same key.

    Examples
    --------
    >>> key("ITEM", "red-shoe"), key("CATEGORY", "a#b"), key("USER", "ada", "profile")
    ('ITEM#red-shoe', 'CATEGORY#a%23b', 'USER#ada#profile')
    """
    return SEPARATOR.join([entity, *(_escaped(str(value)) for value in values)])


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace(SEPARATOR, "%23")
