"""Where things stand in a YAML or JSON text: the tree of its events, with offsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_PREFIX = {"Ref", "Condition"}


@dataclass(eq=False)
class Place:
    """A mapping, list, scalar or alias, and where it stands.

    Parameters
    ----------
    kind
        ``dict``, ``list`` or ``str``; ``None`` for an alias.
    start, end
        Offsets in the text. A block's end is that of the last thing in it.
    column
        Column of its start.
    flow
        Whether it is written with brackets.
    style
        How a scalar is written: ``|`` and ``>`` are blocks.
    tag
        The name of the intrinsic function that a short tag stands for.
    text
        What a scalar says.
    children
        Keys and values in turn, or elements.
    """

    kind: type | None
    start: int
    end: int
    column: int
    flow: bool = False
    style: str | None = None
    tag: str | None = None
    text: str = ""
    children: list[Place] = field(default_factory=list)

    def value(self, key: str | int) -> Place | None:
        """Return what stands at a key or index."""
        if self.kind is list and isinstance(key, int):
            return self.children[key] if 0 <= key < len(self.children) else None
        found = [child for name, child in self.pairs() if name.text == key]
        return found[-1] if self.kind is dict and found else None

    def pairs(self) -> Iterator[tuple[Place, Place]]:
        """Yield a mapping's keys and values."""
        return zip(self.children[::2], self.children[1::2], strict=True)

    @property
    def last(self) -> Place:
        """The last thing in it that is no block collection."""
        found = self
        while found.children and not found.flow:
            found = found.children[-1]
        return found


def places(text: str) -> Place | None:
    """Return the tree of a text's first document; ``None`` when it has none.

    Raises
    ------
    yaml.YAMLError
        When it cannot be followed.
    """
    root: Place | None = None
    inside: list[Place] = []
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    for event in events:
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, yaml.CollectionEndEvent):
            closed, end = inside.pop(), event.end_mark
            closed.end = end.index if closed.flow and end else closed.last.end
            continue
        place = _place(event)
        if place is None:
            continue
        if inside:
            inside[-1].children.append(place)
        root = root or place
        if isinstance(event, yaml.CollectionStartEvent):
            inside.append(place)
    return root


def follow(root: Place, path: Sequence[str | int]) -> tuple[Place, Sequence[str | int]]:
    """Go along a path as far as there is something, and return that and the rest of the path.

    A short tag (``!If``) is a step of its own, as it is in the data.
    """
    here, rest = root, path
    while rest:
        if here.tag is not None and here is not root:
            if rest[0] != here.tag:
                break
            rest = rest[1:]
            if not rest:
                break
        inner = here.value(rest[0])
        if inner is None:
            break
        here, rest = inner, rest[1:]
    return here, rest


def _place(event: Any) -> Place | None:
    start: Any = event.start_mark
    end: Any = event.end_mark
    if isinstance(event, yaml.AliasEvent):
        return Place(None, start.index, end.index, start.column)
    if isinstance(event, yaml.ScalarEvent):
        place = Place(str, start.index, end.index, start.column, style=event.style, text=event.value)
    elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
        kind = dict if isinstance(event, yaml.MappingStartEvent) else list
        place = Place(kind, start.index, end.index, start.column, flow=bool(event.flow_style))
    else:
        return None
    place.tag = _intrinsic(event.tag)
    return place


def _intrinsic(tag: str | None) -> str | None:
    if not tag or not tag.startswith("!") or len(tag) == 1:
        return None
    return tag[1:] if tag[1:] in _NO_PREFIX else f"Fn::{tag[1:]}"
