"""DynamoDB expressions with placeholders for every name and value, so that no name is reserved and no value is code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cumulo.runtime.values import to_attribute


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
