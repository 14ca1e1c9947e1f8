"""How an assembly differs from what is deployed: a comparison of templates that changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cumulo.assembly import Assembly, Template
from cumulo.delivery import stacks
from cumulo.delivery.session import Target, aws_errors

_LONGEST_VALUE = 60
# What CloudFormation adds to a stack's tags by itself.
_SYSTEM_TAG = "aws:"


@dataclass(frozen=True)
class Difference:
    """One value that differs.

    Parameters
    ----------
    path
        Where it is: ``"Properties.Environment.Variables.LOG_LEVEL"``.
    before, after
        The deployed and the new value; ``None`` when there is none.
    """

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class PartDiff:
    """One resource, output or tag that differs.

    Parameters
    ----------
    sign
        ``"+"`` new, ``"-"`` gone, ``"~"`` changed.
    kind
        ``"resource"``, ``"output"`` or ``"tag"``.
    name
        The logical id, the output's name or the tag's key.
    type
        The resource's type; empty for others.
    differences
        What differs inside it.
    """

    sign: str
    kind: str
    name: str
    type: str = ""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class StackDiff:
    """How one stack differs.

    Parameters
    ----------
    id, name
        The stack.
    state
        ``"new"``, ``"removed"``, ``"changed"`` or ``"same"``.
    parts
        What differs in it.
    """

    id: str
    name: str
    state: str
    parts: tuple[PartDiff, ...] = ()


def diff(assembly: Assembly, target: Target) -> tuple[StackDiff, ...]:
    """Compare an assembly with what is deployed.

    Reads the deployed templates; makes no change set and changes nothing. So it says what differs in the
    declaration, not what CloudFormation would replace: that is what the plan of ``deploy`` shows.

    Parameters
    ----------
    assembly
        What would be deployed.
    target
        Where it would be deployed to.

    Returns
    -------
    tuple[StackDiff, ...]
        One for each stack of the assembly, then one for each stack that has left the app.
    """
    with aws_errors():
        deployed = stacks.all_deployed(target)
        out: list[StackDiff] = []
        for stack in assembly.stacks:
            there = deployed.get(stack.name)
            before = stacks.template(target.cloudformation, stack.name) if there and there.exists else None
            parts = compare(before or {}, stack.template)
            if before is not None and there is not None:
                parts += _compare_flat("tag", _own(there.tags), stacks.tags_of(assembly, stack))
            state = "new" if before is None else "changed" if parts else "same"
            out.append(StackDiff(stack.id, stack.name, state, parts))
        names = {stack.name for stack in assembly.stacks}
        for name, left in sorted(stacks.of_app(deployed, assembly.app, assembly.stage).items()):
            if name in names or not left.exists:
                continue
            parts = compare(stacks.template(target.cloudformation, name), {})
            out.append(StackDiff(stacks.id_of(assembly, name), name, "removed", parts))
    return tuple(out)


def compare(before: Template, after: Template) -> tuple[PartDiff, ...]:
    """Compare the resources and outputs of two templates.

    Examples
    --------
    >>> old = {"Resources": {"F": {"Type": "T", "Properties": {"MemorySize": 512}}}}
    >>> new = {"Resources": {"F": {"Type": "T", "Properties": {"MemorySize": 1024}}}}
    >>> compare(old, new)[0].differences
    (Difference(path='Properties.MemorySize', before=512, after=1024),)
    """
    resources = _compare_parts("resource", before.get("Resources") or {}, after.get("Resources") or {})
    outputs = _compare_parts("output", before.get("Outputs") or {}, after.get("Outputs") or {})
    return resources + outputs


def lines(diffs: Sequence[StackDiff]) -> list[str]:
    """Return the differences as lines for people: ``+`` new, ``-`` gone, ``~`` changed."""
    out: list[str] = []
    for stack in diffs:
        if stack.state == "same":
            continue
        out.append(f"{stack.name}: {stack.state}")
        for part in stack.parts:
            of_type = f" {part.type}" if part.type else ""
            what = "" if part.kind == "resource" else f"{part.kind} "
            out.append(f"  {part.sign} {what}{part.name}{of_type}")
            out += [f"      {_arrow(difference)}" for difference in part.differences if part.sign == "~"]
    return out


def as_data(diffs: Sequence[StackDiff]) -> list[dict[str, Any]]:
    """Return the differences as plain data, for JSON."""
    return [asdict(stack) for stack in diffs]


def _own(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith(_SYSTEM_TAG)}


def _compare_parts(
    kind: str, before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> tuple[PartDiff, ...]:
    parts: list[PartDiff] = []
    for name in sorted(before.keys() | after.keys()):
        of_type = (after.get(name) or before.get(name) or {}).get("Type", "")
        if name not in before:
            parts.append(PartDiff("+", kind, name, of_type))
        elif name not in after:
            parts.append(PartDiff("-", kind, name, of_type))
        elif differences := tuple(_differences("", before[name], after[name])):
            parts.append(PartDiff("~", kind, name, of_type, differences))
    return tuple(parts)


def _compare_flat(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[PartDiff, ...]:
    return _compare_parts(
        kind,
        {key: {"Value": value} for key, value in before.items()},
        {key: {"Value": value} for key, value in after.items()},
    )


def _differences(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            inner = f"{path}.{key}" if path else key
            yield from _differences(inner, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{path}[{index}]", old, new)
    elif before != after:
        yield Difference(path, before, after)


def _arrow(difference: Difference) -> str:
    if difference.before is None:
        return f"+ {difference.path}: {_value(difference.after)}"
    if difference.after is None:
        return f"- {difference.path}: {_value(difference.before)}"
    return f"~ {difference.path}: {_value(difference.before)} -> {_value(difference.after)}"


def _value(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
