"""Expanding SAM templates with AWS's own translator, offline.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.guidelines.template.includes import DEFINITION, is_included

TRANSFORM = "AWS::Serverless-2016-10-31"
DEFAULT_REGION = "us-east-1"
_FORMAT = "2"
_MARK = "CumuloOrigin"
_ELSEWHERE = "s3://local/code"
_NOT_AT_HAND: Mapping[str, Mapping[str, Any]] = {
    "AWS::Serverless::Api": {"swagger": "2.0", "info": {}, "paths": {}},
    "AWS::Serverless::HttpApi": {"openapi": "3.0.1", "info": {}, "paths": {}},
}
"""What the translator is given for an API's definition that is included from elsewhere."""

_LOCATIONS: Mapping[str, tuple[str, ...]] = {
    "AWS::Serverless::Function": ("CodeUri", "InlineCode", "ImageUri"),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::Application": ("Location",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::Serverless::GraphQLApi": ("SchemaUri",),
}
"""Where a resource names a file: the translator wants it in a bucket, and nothing is read from there."""

_CODE_NEEDED = ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion", "AWS::Serverless::Application")


def is_sam(template: Mapping[str, Any]) -> bool:
    """Tell whether a template asks for SAM's transform."""
    found = template.get("Transform")
    return TRANSFORM in (found if isinstance(found, list) else [found])


def expand_sam(
    template: Mapping[str, Any], *, region: str | None = None, cache: Path | None = None
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Expand a SAM template into CloudFormation.

    Parameters
    ----------
    template
        The template, as plain data.
    region
        Where it is meant for: it decides the partition of AWS's own policies.
    cache
        Folder that remembers expansions by content.

    Returns
    -------
    tuple
        The expanded template, and for each generated resource the logical id of the SAM resource that it came from.

    Raises
    ------
    CumuloError
        When the translator refuses the template, or is not installed.
    """
    spec = find_spec("samtranslator")
    if spec is None or spec.origin is None:
        raise CumuloError(f"the transform {TRANSFORM} is not expanded", hint="pip install 'cumulo[sam]'")
    region = region or DEFAULT_REGION
    body = json.dumps(template, default=str)
    version = Path(spec.origin).with_name("__init__.py").read_text(encoding="utf-8")
    key = hashlib.sha256("\n".join((_FORMAT, version, region, body)).encode()).hexdigest()
    file = cache / f"{key}.json" if cache is not None else None
    known = _remembered(file)
    if known is None:
        known = _unmarked(_translated(_marked(json.loads(body)), region))
        _include_again(template, known["template"])
        _remember(file, known)
    return known["template"], known["origins"]


def _marked(template: dict[str, Any]) -> dict[str, Any]:
    """Prepare a template: each SAM resource says who it is, and no file has to be anywhere."""
    resources = template.get("Resources")
    for logical_id, body in resources.items() if isinstance(resources, dict) else ():
        if not isinstance(body, dict) or not str(body.get("Type")).startswith("AWS::Serverless::"):
            continue
        metadata = body.get("Metadata")
        body["Metadata"] = {**(metadata if isinstance(metadata, dict) else {}), _MARK: logical_id}
        properties = body.setdefault("Properties", {})
        if isinstance(properties, dict):
            _place_in_bucket(body["Type"], properties)
    shared = template.get("Globals")
    function = shared.get("Function") if isinstance(shared, dict) else None
    if isinstance(function, dict) and "CodeUri" in function:
        del function["CodeUri"]
    return template


def _place_in_bucket(kind: str, properties: dict[str, Any]) -> None:
    places = _LOCATIONS.get(kind, ())
    if kind in _NOT_AT_HAND and is_included(properties.get(DEFINITION)):
        properties[DEFINITION] = copy.deepcopy(_NOT_AT_HAND[kind])
    for place in places:
        if place in properties and place not in ("InlineCode", "ImageUri"):
            properties[place] = _ELSEWHERE
    if kind in _CODE_NEEDED and not any(place in properties for place in places):
        image = properties.get("PackageType") == "Image"
        properties["ImageUri" if image else places[0]] = "local/image:latest" if image else _ELSEWHERE


def _translated(template: dict[str, Any], region: str) -> dict[str, Any]:
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL + 1)
    import boto3
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    # The session tells the region; nothing is ever called with it.
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=region)  # noqa: S106
    try:
        found: dict[str, Any] = Translator({}, Parser(), boto_session=session).translate(
            template, parameter_values={}, passthrough_metadata=True
        )
    except Exception as error:
        # The translator fails in many ways on what it does not expect.
        raise CumuloError(f"SAM's translator refuses the template: {_why(error)}") from None
    return found


def _why(error: Exception) -> str:
    causes = getattr(error, "causes", None) or [error]
    first = getattr(causes[0], "message", None) or f"{type(causes[0]).__name__}: {causes[0]}"
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    return " ".join(str(first).split())[:300] + more


def _unmarked(template: dict[str, Any]) -> dict[str, Any]:
    """Take the marks out again."""
    resources = copy.deepcopy(template["Resources"])
    origins: dict[str, str] = {}
    for logical_id, body in resources.items():
        metadata = body.get("Metadata") if isinstance(body, dict) else None
        if not isinstance(metadata, dict) or _MARK not in metadata:
            continue
        origins[logical_id] = metadata[_MARK]
        body["Metadata"] = {key: value for key, value in metadata.items() if key != _MARK}
        if not body["Metadata"]:
            del body["Metadata"]
    return {"template": {**template, "Resources": resources}, "origins": origins}


def _include_again(written: Mapping[str, Any], expanded: dict[str, Any]) -> None:
    """Say of the definitions that were not at hand that nobody knows them."""
    for logical_id, body in written["Resources"].items():
        properties = body.get("Properties") if isinstance(body, Mapping) else None
        definition = properties.get(DEFINITION) if isinstance(properties, Mapping) else None
        if is_included(definition) and body.get("Type") in _NOT_AT_HAND and logical_id in expanded["Resources"]:
            expanded["Resources"][logical_id]["Properties"]["Body"] = definition


def _remembered(file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    complete = isinstance(found, dict) and all(isinstance(found.get(key), dict) for key in ("template", "origins"))
    return found if complete else None


def _remember(file: Path | None, found: Mapping[str, Any]) -> None:
    """Write an expansion at once or not at all; a cache that cannot be written is no reason to fail."""
    if file is None:
        return
    temporary = file.with_suffix(f".{id(found)}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(found), encoding="utf-8")
        temporary.replace(file)
    except OSError:
        return
