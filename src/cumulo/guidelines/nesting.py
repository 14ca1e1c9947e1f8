"""Stacks in stacks: which templates they are, and what they hand over.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cumulo.guidelines.system import Stack
from cumulo.guidelines.template.links import Link
from cumulo.guidelines.template.placing import Placed
from cumulo.guidelines.template.values import Value

Nesting = tuple[Stack, str, Path]
"""A stack, the logical id of the nested one in it, and that one's file."""


def nested_in(stack: Stack, placed: Placed) -> Iterator[tuple[str, Placed]]:
    """Yield the templates of nested stacks that lie beside this one, with the logical ids of their resources.

    Parameters
    ----------
    stack
        The stack around them.
    placed
        Its template's place.
    """
    written = (stack.written or stack).resources
    for logical_id, resource in written.items():
        if logical_id in placed.nested:
            yield logical_id, placed.nested[logical_id]
            continue
        key = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}.get(
            resource.type
        )
        for value in resource.get(key) if key else ():
            asset = resource.part("Metadata", "aws:asset:path")[0].text
            local = asset or value.text
            if local and ":" not in local and "\0" not in local and not Path(local).is_absolute():
                path = Path(str(placed.path.parent / local))
                if path.is_file():
                    yield logical_id, Placed(path, None, placed.account, placed.region)


def connect(stacks: Mapping[Path, Stack], nested: Sequence[Nesting]) -> None:
    """Hand over parameters to nested stacks, and their outputs to those around them.

    Parameters
    ----------
    stacks
        The stacks by their files; their scopes are filled.
    nested
        Which stack is in which.
    """
    passed: dict[tuple[Path, str], list[Value]] = {}
    for stack, logical_id, path in nested:
        child = stacks[path]
        stack.scope.outputs[logical_id] = {  # type: ignore[index]
            str(name): Link(Value(output.get("Value"), child.scope, ("Outputs", name)))
            for name, output in child.scope.section("Outputs").items()
            if isinstance(output, Mapping)
        }
        # Unresolved: what stacks give each other is known when all of them are connected.
        resource = stack.resources.get(logical_id)
        for handed in resource.get("Parameters") if resource else ():
            for name, value in handed.plain.items() if isinstance(handed.plain, Mapping) else ():
                passed.setdefault((path, name), []).append(replace(handed, plain=value, path=(*handed.path, name)))
    for (path, name), values in passed.items():
        scope = stacks[path].scope
        if name in scope.section("Parameters"):
            scope.passed[name] = Link(*values)  # type: ignore[index]
