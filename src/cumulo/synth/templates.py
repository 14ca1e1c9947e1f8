"""From a stack of the model to its CloudFormation template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troposphere import AWSObject, Export, Output, Tags, encode_to_dict

from cumulo.errors import CumuloError
from cumulo.model.construct import Construct
from cumulo.model.stack import Stack

MOST_RESOURCES = 500
# CloudFormation tags these through the stack; their own Tags property is missing, or replaces the resource.
UNTAGGED = ("AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration", "AWS::Lambda::Permission")


def template(stack: Stack) -> dict[str, Any]:
    """Return a stack's template as plain JSON data; the same stack gives the same template.

    Raises
    ------
    CumuloError
        When a resource lacks a property that it needs, or there are more than CloudFormation takes.
    """
    resources = {
        title: _resource(construct, title, resource)
        for construct in stack.constructs
        for title, resource in construct.resources.items()
    }
    if not resources:
        raise CumuloError("the stack is empty", where=f"stack {stack.id!r}", hint="declare something in it, or drop it")
    if len(resources) > MOST_RESOURCES:
        raise CumuloError(
            f"the stack has {len(resources)} resources, CloudFormation takes {MOST_RESOURCES}",
            where=f"stack {stack.id!r}",
            hint="split it into two stacks",
        )
    document: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{stack.app.name} {stack.stage.name}: {stack.id}",
        "Resources": {title: resources[title] for title in sorted(resources)},
    }
    if outputs := _outputs(stack):
        document["Outputs"] = {name: outputs[name] for name in sorted(outputs)}
    return document


def _resource(construct: Construct, title: str, resource: AWSObject) -> dict[str, Any]:
    if "Tags" in resource.props and resource.resource_type not in UNTAGGED:
        _tag(resource, construct.stack.app.tags)
    try:
        rendered: dict[str, Any] = encode_to_dict(resource)
    except ValueError as error:
        raise construct.error(f"{title}: {error}") from None
    if resource is construct.main and construct.override:
        rendered["Properties"] = _merge(rendered.get("Properties", {}), construct.override)
    properties = rendered.get("Properties", {})
    return {**rendered, "Properties": {key: properties[key] for key in sorted(properties)}}


def _tag(resource: AWSObject, tags: Mapping[str, str]) -> None:
    expected = resource.props["Tags"][0]
    as_mapping = expected is dict or (isinstance(expected, tuple) and dict in expected and Tags not in expected)
    resource.Tags = dict(sorted(tags.items())) if as_mapping else Tags(**tags)


def _merge(properties: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(properties)
    for key, value in override.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = encode_to_dict(value)
    return merged


def _outputs(stack: Stack) -> dict[str, Any]:
    outputs = {name: Output(name, Value=value) for name, value in stack.outputs.items()}
    for name, reference in stack.exports.items():
        outputs[name] = Output(name, Value=stack.value(reference), Export=Export(reference.export_name))
    return {name: encode_to_dict(output) for name, output in outputs.items()}
