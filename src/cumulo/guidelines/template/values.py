"""Values of a template with intrinsic functions resolved as far as anybody can know.

An expression may have several values (``Fn::If`` has both of its branches, each under its condition), refer to a
resource, or be unknown. Rules ask for all the values of a property and stay silent about those they cannot know.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cumulo.guidelines.template.links import Link

Path_ = tuple[str | int, ...]
Given = frozenset[tuple[str, str, bool | str]]
"""What has to be so for a value to hold: (stack, condition, true or false) and (stack, parameter, its value)."""


class Special(Enum):
    """What is no value."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


ABSENT, UNKNOWN = Special.ABSENT, Special.UNKNOWN


@dataclass(frozen=True)
class Reference:
    """A reference to a resource of the same system, by ``Ref`` or ``Fn::GetAtt``.

    Parameters
    ----------
    stack
        Id of the resource's stack.
    logical_id
        Logical id of the resource.
    attribute
        The attribute, ``None`` for ``Ref``.
    """

    stack: str
    logical_id: str
    attribute: str | None = None


@dataclass(frozen=True)
class Text:
    """A text of which some parts are references or unknown: what ``Fn::Sub`` and ``Fn::Join`` make."""

    parts: tuple[str | Reference | Special, ...]

    @property
    def pattern(self) -> str:
        """The text with a zero byte for each part that is not known."""
        return "".join(part if isinstance(part, str) else "\0" for part in self.parts)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The resources that the text names."""
        return tuple(part for part in self.parts if isinstance(part, Reference))


def compatible(one: Given, other: Given) -> bool:
    """Tell whether two sets of assumptions can hold at the same time.

    Examples
    --------
    >>> compatible(frozenset({("api", "IsProd", True)}), frozenset({("api", "IsProd", False)}))
    False
    """
    if not one or not other:
        return True
    known = {(stack, name): holds for stack, name, holds in one}
    return all(known.get((stack, name), holds) == holds for stack, name, holds in other)


@dataclass(frozen=True)
class Scope:
    """What names in one template mean.

    Parameters
    ----------
    stack
        Id of the stack.
    template
        The whole template.
    pseudo
        Known pseudo parameters: ``{"AWS::Region": "eu-central-1"}``.
    exports
        Values exported by the stacks that are judged together, by export name.
    passed
        Values that the stacks around a nested one pass to its parameters, by parameter.
    outputs
        Outputs of the stacks nested in it, by logical id and output.
    chosen
        Values that somebody gave to parameters for this check.
    """

    stack: str
    template: Mapping[str, Any]
    pseudo: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, Link] = field(default_factory=dict)
    passed: Mapping[str, Link] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Link]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the template; an empty one when it is missing or no mapping."""
        found = self.template.get(name)
        return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True)
class Value:
    """One value that an expression may have.

    Parameters
    ----------
    plain
        A JSON value whose own top level is resolved (what lies in it is resolved by `get` and `elements`),
        a `Reference`, a `Text`, or `ABSENT` or `UNKNOWN`.
    scope
        What names in it mean.
    path
        Where it was written in the template of the resource it was asked of.
    given
        The conditions under which it has this value.

    Examples
    --------
    >>> memory = Value({"MemorySize": {"Fn::If": ["Big", 1024, 128]}}, Scope("api", {})).get("MemorySize")
    >>> [value.plain for value in memory]
    [1024, 128]
    """

    plain: Any
    scope: Scope
    path: Path_ = ()
    given: Given = frozenset()

    def get(self, *keys: str | int) -> tuple[Value, ...]:
        """Return all the values found by following keys and indexes."""
        found: tuple[Value, ...] = (self,)
        for key in keys:
            found = tuple(inner for value in found for inner in value._child(key))
        return found

    def elements(self) -> tuple[Value, ...]:
        """Return the elements of a list, or the value itself where one stands for a list of one."""
        if self.plain is ABSENT:
            return ()
        if not isinstance(self.plain, list):
            return (self,)
        found = (inner for index in range(len(self.plain)) for inner in self._child(index))
        return tuple(value for value in found if value.plain is not ABSENT)

    def listed(self, *keys: str | int) -> tuple[Value, ...]:
        """Return the elements of the lists that are found by following keys; see `elements`."""
        return tuple(element for value in self.get(*keys) for element in value.elements())

    def fields(self) -> tuple[tuple[str, Value], ...]:
        """Return the keys of a mapping, each with every value it may have."""
        if not isinstance(self.plain, dict):
            return ()
        return tuple((key, value) for key in self.plain for value in self._child(key))

    def agrees_with(self, other: Value) -> bool:
        """Tell whether both can hold at the same time."""
        return compatible(self.given, other.given)

    @property
    def known(self) -> bool:
        """Whether anything is known about it; absence counts as knowledge."""
        return self.plain is not UNKNOWN

    @property
    def absent(self) -> bool:
        """Whether it is certain that nothing is there."""
        return self.plain is ABSENT

    @property
    def number(self) -> float | None:
        """The number, also where a template writes it as text."""
        if isinstance(self.plain, bool) or not isinstance(self.plain, int | float | str):
            return None
        try:
            number = float(self.plain)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    @property
    def text(self) -> str | None:
        """The text, when all of it is known."""
        return self.plain if isinstance(self.plain, str) else None

    @property
    def pattern(self) -> str | None:
        """The text with a zero byte for each part that is not known; ``None`` when it is no text at all."""
        return self.plain.pattern if isinstance(self.plain, Text) else self.text

    @property
    def flag(self) -> bool | None:
        """The truth value, also where a template writes it as text."""
        words = {"true": True, "false": False}
        if isinstance(self.plain, bool):
            return self.plain
        return words.get(self.plain.lower()) if isinstance(self.plain, str) else None

    @property
    def references(self) -> tuple[Reference, ...]:
        """The resources that the value itself names."""
        if isinstance(self.plain, Reference):
            return (self.plain,)
        return self.plain.references if isinstance(self.plain, Text) else ()

    def _child(self, key: str | int) -> tuple[Value, ...]:
        from cumulo.guidelines.template.intrinsics import expand

        place = (*self.path, key)
        if self.plain is ABSENT:
            return (Value(ABSENT, self.scope, place, self.given),)
        if isinstance(self.plain, dict) and isinstance(key, str):
            if key not in self.plain:
                # A macro beside it may add the key: nobody can know.
                missing = UNKNOWN if "Fn::Transform" in self.plain else ABSENT
                return (Value(missing, self.scope, place, self.given),)
            return expand(Value(self.plain[key], self.scope, place, self.given))
        if isinstance(self.plain, list) and isinstance(key, int):
            if 0 <= key < len(self.plain):
                return expand(Value(self.plain[key], self.scope, place, self.given))
            return (Value(ABSENT, self.scope, place, self.given),)
        return (Value(UNKNOWN, self.scope, place, self.given),)
