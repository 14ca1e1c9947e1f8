"""What stacks export to each other and import from each other, read from their templates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cumulo.assembly import Template


def imports(template: Template, stack_name: str) -> frozenset[str]:
    """Return the names of the exports that a template imports, as far as they are written out.

    Examples
    --------
    >>> imports({"Resources": {"A": {"Properties": {"X": {"Fn::ImportValue": "data:Table"}}}}}, "api")
    frozenset({'data:Table'})
    """
    names = (_name(value, stack_name) for value in _import_values(template))
    return frozenset(name for name in names if name)


def exports(template: Template, stack_name: str) -> frozenset[str]:
    """Return the names under which a template exports outputs, as far as they are written out."""
    outputs: Mapping[str, Any] = template.get("Outputs") or {}
    names = (_name((output.get("Export") or {}).get("Name"), stack_name) for output in outputs.values())
    return frozenset(name for name in names if name)


def importers_first(templates: Mapping[str, Template]) -> Sequence[str]:
    """Return the names of stacks so that each comes after those that import from it.

    An export in use cannot be deleted
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html).

    Parameters
    ----------
    templates
        Stack name → its deployed template.
    """
    waiting = sorted(templates)
    ordered: list[str] = []
    while waiting:
        in_use = {name for stack in waiting for name in imports(templates[stack], stack)}
        # Imports in a circle cannot have been deployed, so one is always free; if not, CloudFormation will say.
        free = next((s for s in waiting if not exports(templates[s], s) & in_use), waiting[0])
        waiting.remove(free)
        ordered.append(free)
    return ordered


def with_kept(template: Template, kept: Mapping[str, tuple[str, str]]) -> Template:
    """Return a template that still exports what other stacks have yet to let go of.

    The value is written out as it is deployed, so that it does not matter whether its resource is still there.

    Parameters
    ----------
    template
        The new template, which no longer has the exports.
    kept
        Export name → name and value of its output.
    """
    outputs = dict(template.get("Outputs") or {})
    for export, (output, value) in kept.items():
        name = output if output not in outputs else f"{output}Kept"
        outputs[name] = {"Value": value, "Export": {"Name": export}}
    return {**template, "Outputs": outputs}


def _import_values(node: Any) -> Iterator[Any]:
    if isinstance(node, Mapping):
        if "Fn::ImportValue" in node:
            yield node["Fn::ImportValue"]
        for value in node.values():
            yield from _import_values(value)
    elif isinstance(node, list):
        for value in node:
            yield from _import_values(value)


def _name(value: Any, stack_name: str) -> str | None:
    if isinstance(value, Mapping) and isinstance(value.get("Fn::Sub"), str):
        value = value["Fn::Sub"].replace("${AWS::StackName}", stack_name)
        return None if re.search(r"\$\{[^!]", value) else value
    return value if isinstance(value, str) else None
