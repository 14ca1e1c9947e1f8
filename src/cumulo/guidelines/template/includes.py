"""API definitions that a SAM template includes from files of their own.

CloudFormation includes them before it expands SAM, and ``sam package`` uploads those that are local files:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.guidelines.template.reading import read_document

DEFINITION = "DefinitionBody"


def is_included(definition: Any) -> bool:
    """Tell whether an API's definition stands somewhere else."""
    return isinstance(definition, Mapping) and set(definition) == {"Fn::Transform"}


def with_definitions(template: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Put the definitions of APIs into a template that lie in files beside it.

    Parameters
    ----------
    template
        The template.
    folder
        Its folder.

    Returns
    -------
    Mapping
        The template; what is somewhere else, or cannot be read, is left as it is.
    """
    resources = _mapping(template.get("Resources"))
    found: dict[str, Any] = {}
    for logical_id, body in resources.items():
        properties = _mapping(_mapping(body).get("Properties"))
        definition = properties.get(DEFINITION)
        data = _read(definition, folder) if is_included(definition) else None
        if data is not None:
            found[logical_id] = {**body, "Properties": {**properties, DEFINITION: data}}
    return {**template, "Resources": {**resources, **found}} if found else template


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _read(definition: Any, folder: Path) -> Mapping[str, Any] | None:
    location = _mapping(_mapping(definition["Fn::Transform"]).get("Parameters")).get("Location")
    if not isinstance(location, str) or ":" in location or "\0" in location or Path(location).is_absolute():
        return None
    if not (folder / location).is_file():
        return None
    try:
        found = read_document(folder / location)
    except CumuloError:
        return None
    return found if isinstance(found, dict) else None
