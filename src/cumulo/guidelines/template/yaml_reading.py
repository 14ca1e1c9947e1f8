"""Reading YAML with CloudFormation's tags, safely: no recursion, aliases counted before they are expanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from cumulo.errors import CumuloError
from cumulo.guidelines.template.reading import MAX_DEPTH, MAX_NODES, Path_, TemplateFile, too_deep

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_PREFIX = {"Ref", "Condition"}


@dataclass
class _Node:
    """A mapping, list or scalar while it is being read."""

    tag: str | None
    line: int
    kind: type
    scalar: Any = None
    # A scalar as it was written: keys are text, whatever else they look like (`On`).
    text: str = ""
    # Keys and values in turn for a mapping, elements for a list.
    children: list[_Node] = field(default_factory=list)
    # How many values it holds and how deep they lie, aliases expanded.
    size: int = 1
    height: int = 1

    def hold(self, child: _Node) -> None:
        """Count a child that is complete."""
        self.size += child.size
        self.height = max(self.height, child.height + 1)


def read_yaml(path: Path, text: str, otherwise: CumuloError | None = None) -> TemplateFile:
    """Read a YAML template; see `cumulo.guidelines.template.reading.read_template`.

    Parameters
    ----------
    path
        The file that it is in; it is only named.
    text
        The text.
    otherwise
        What is raised when it is no YAML, in the place of what the parser says.
    """
    events = yaml.parse(text, Loader=_LOADER)
    try:
        root = _nodes(path, events)
        starts: Iterator[Any] = (each for each in events if isinstance(each, yaml.DocumentStartEvent))
        second = next((each.start_mark.line + 1 for each in starts), None)
    except yaml.YAMLError as error:
        raise otherwise or _not_yaml(path, error) from None
    lines: dict[Path_, int] = {}
    repeated: list[Path_] = []
    data: Any = _data(root, (), lines, repeated) if root else None
    return TemplateFile(path, data, lines, tuple(repeated), second)


def _not_yaml(path: Path, error: yaml.YAMLError) -> CumuloError:
    if not isinstance(error, yaml.MarkedYAMLError):
        return CumuloError(f"is not YAML ({str(error).splitlines()[0]})", where=str(path))
    line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
    return CumuloError(f"is not YAML ({error.problem or error.context})", where=f"{path}{line}")


def _nodes(path: Path, events: Iterator[Any]) -> _Node | None:
    """Build the tree of the first document from its events."""
    root: _Node | None = None
    open_nodes: list[_Node] = []
    anchors: dict[str, _Node] = {}
    for event in takewhile(lambda event: not isinstance(event, yaml.DocumentEndEvent), events):
        if isinstance(event, yaml.CollectionEndEvent):
            closed = open_nodes.pop()
            if open_nodes:
                open_nodes[-1].hold(closed)
            continue
        node = _node(path, event, anchors, open_nodes)
        if node is None:
            continue
        if open_nodes:
            open_nodes[-1].children.append(node)
        root = root or node
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(node)
        elif open_nodes:
            open_nodes[-1].hold(node)
        _bound(path, node, open_nodes)
    return root


def _bound(path: Path, node: _Node, open_nodes: list[_Node]) -> None:
    if len(open_nodes) + node.height > MAX_DEPTH:
        raise too_deep(path)
    if sum(each.size for each in open_nodes) > MAX_NODES:
        raise CumuloError(f"expands to more than {MAX_NODES} values through its aliases", where=str(path))


def _node(path: Path, event: Any, anchors: dict[str, _Node], open_nodes: list[_Node]) -> _Node | None:
    if isinstance(event, yaml.AliasEvent):
        return _aliased(path, event, anchors, open_nodes)
    return _built(event, anchors) if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) else None


def _aliased(path: Path, event: Any, anchors: dict[str, _Node], open_nodes: list[_Node]) -> _Node:
    target = anchors.get(event.anchor)
    where = f"{path}:{event.start_mark.line + 1}"
    if target is None:
        raise CumuloError(f"the alias *{event.anchor} has no anchor before it", where=where)
    if any(target is node for node in open_nodes):
        raise CumuloError(f"the alias *{event.anchor} contains itself", where=where)
    return target


def _built(event: Any, anchors: dict[str, _Node]) -> _Node:
    kinds = {yaml.ScalarEvent: str, yaml.MappingStartEvent: dict, yaml.SequenceStartEvent: list}
    kind = kinds[type(event)]
    node = _Node(_short_tag(event.tag), event.start_mark.line + 1, kind)
    if kind is str:
        node.scalar, node.text = _scalar(event), event.value
    if event.anchor:
        anchors[event.anchor] = node
    return node


def _short_tag(tag: str | None) -> str | None:
    return tag[1:] if tag and tag.startswith("!") and len(tag) > 1 else None


@cache
def _constructor() -> Any:
    return yaml.SafeLoader("")


def _scalar(event: Any) -> Any:
    """Return a scalar as YAML types it, dates excepted: CloudFormation reads those as text."""
    if event.tag or not event.implicit[0]:
        return event.value
    loader = _constructor()
    tag = loader.resolve(yaml.ScalarNode, event.value, event.implicit)
    if tag.rpartition(":")[2] not in {"int", "float", "bool", "null"}:
        return event.value
    try:
        return loader.construct_object(yaml.ScalarNode(tag, event.value))
    except ValueError:
        return event.value


def _data(node: _Node, path: Path_, lines: dict[Path_, int], repeated: list[Path_]) -> Any:
    """Turn a node into plain data and note the lines. Depth and size were bounded before."""
    if node.tag and path:
        name = node.tag if node.tag in _NO_PREFIX else f"Fn::{node.tag}"
        inner = _plain(node, (*path, name), lines, repeated)
        if node.tag == "GetAtt" and isinstance(inner, str):
            inner = inner.split(".", 1)
        return {name: inner}
    return _plain(node, path, lines, repeated)


def _plain(node: _Node, path: Path_, lines: dict[Path_, int], repeated: list[Path_]) -> Any:
    if node.kind is str:
        return node.scalar
    if node.kind is list:
        elements = []
        for index, child in enumerate(node.children):
            lines[(*path, index)] = child.line
            elements.append(_data(child, (*path, index), lines, repeated))
        return elements
    mapping: dict[str, Any] = {}
    for key_node, child in zip(node.children[::2], node.children[1::2], strict=True):
        key = key_node.text
        place = (*path, key)
        if key == "<<" and child.kind is dict:
            mapping = {**_plain(child, path, lines, repeated), **mapping}
            continue
        if key in mapping and place in lines:
            repeated.append(place)
        lines[place] = key_node.line
        mapping[key] = _data(child, place, lines, repeated)
    return mapping
