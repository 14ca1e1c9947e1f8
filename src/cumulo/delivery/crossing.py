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
    return frozenset(export_values(template, stack_name))


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


def with_kept(template: Template, before: Template, exports: Mapping[str, tuple[str, str]]) -> Template:
    """Return a template that still exports what other stacks have yet to let go of, and still has its resources.

    So whoever imports it goes on working until its own turn comes, and also when that fails.

    Parameters
    ----------
    template
        The new template, which no longer has the exports.
    before
        The deployed template, which declares what they name.
    exports
        Export name → name and value of its output. The value is written out when ``before`` does not declare it.
    """
    outputs = dict(template.get("Outputs") or {})
    declared: Mapping[str, Any] = before.get("Outputs") or {}
    for export, (output, value) in exports.items():
        name = output if output not in outputs else f"{output}Kept"
        outputs[name] = declared.get(output) or {"Value": value, "Export": {"Name": export}}
    gone = {
        key: value for key, value in before.get("Resources", {}).items() if key not in template.get("Resources", {})
    }
    named = references([declared[output] for output, _ in exports.values() if output in declared])
    resources = {**template.get("Resources", {}), **_belonging(gone, named)}
    return {**template, "Resources": resources, "Outputs": outputs}


def _belonging(resources: Mapping[str, Any], named: frozenset[str]) -> Mapping[str, Any]:
    """Return the resources of some names, what they need, and what was made for them: permissions, event sources."""
    chosen: dict[str, Any] = {}
    while True:
        needed = named | references([*chosen.values()])
        more = {
            logical_id: resource
            for logical_id, resource in resources.items()
            if logical_id not in chosen and (logical_id in needed or references(resource) & chosen.keys())
        }
        if not more:
            return chosen
        chosen |= more


def references(node: Any) -> frozenset[str]:
    """Return the logical ids and parameters that a part of a template names.

    Examples
    --------
    >>> sorted(references([{"Ref": "A"}, {"Fn::GetAtt": ["B", "Arn"]}, {"Fn::Sub": "${C.Arn}/x"}]))
    ['A', 'B', 'C']
    """
    return frozenset(_references(node))


def export_values(template: Template, stack_name: str) -> Mapping[str, Any]:
    """Return what a template exports: export name → value, as it is written."""
    outputs: Mapping[str, Any] = template.get("Outputs") or {}
    named = ((_name((output.get("Export") or {}).get("Name"), stack_name), output) for output in outputs.values())
    return {name: output.get("Value") for name, output in named if name}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for value in node:
            yield from _references(value)
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key in {"Ref", "DependsOn"} and isinstance(value, str):
            yield value
        elif key == "DependsOn":
            yield from value
        elif key == "Fn::GetAtt":
            yield value.split(".")[0] if isinstance(value, str) else value[0]
        else:
            if key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                yield from re.findall(r"\$\{(\w+)(?:\.[\w.]+)?\}", text)
            yield from _references(value)


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
