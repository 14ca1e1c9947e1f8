"""The stacks of a CDK app's ``cdk.out`` folder.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-app
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.guidelines.template.placing import Placed
from cumulo.guidelines.template.reading import at_once

MANIFEST = "manifest.json"
_MAX_BYTES = 50_000_000
_MAX_STAGES = 10
_ENVIRONMENT = re.compile(r"aws://(?P<account>\d{12}|unknown-account)/(?P<region>[\w-]+)")


def is_assembly(folder: Path) -> bool:
    """Tell whether a folder is what ``cdk synth`` writes.

    Raises
    ------
    CumuloError
        When it is, and its manifest cannot be read. Other tools write a ``manifest.json``, too.
    """
    try:
        return isinstance(_json(folder / MANIFEST).get("artifacts"), Mapping)
    except CumuloError:
        # The CDK leaves an empty file of that name in whatever folder it writes to.
        if folder.name == "cdk.out" or (folder / "cdk.out").is_file():
            raise
        return False


def stacks(folder: Path, depth: int = 0) -> Iterator[Placed]:
    """Yield the stacks of a cloud assembly, those of its stages and the nested ones in their stacks.

    Parameters
    ----------
    folder
        The folder.
    depth
        In how many stages it lies.

    Raises
    ------
    CumuloError
        When the manifest cannot be read, or names a file outside of the folder.
    """
    for name, artifact in _mapping(_json(folder / MANIFEST).get("artifacts")).items():
        kind, properties = _mapping(artifact).get("type"), _mapping(_mapping(artifact).get("properties"))
        if kind == "cdk:cloud-assembly" and depth < _MAX_STAGES:
            yield from stacks(_inside(folder, properties.get("directoryName")), depth + 1)
        elif kind == "aws:cloudformation:stack":
            yield _stack(folder, str(name), _mapping(artifact), properties)


def _stack(folder: Path, name: str, artifact: Mapping[str, Any], properties: Mapping[str, Any]) -> Placed:
    place = _ENVIRONMENT.fullmatch(str(artifact.get("environment")))
    account, region = (place["account"], place["region"]) if place else (None, None)
    metadata = _metadata(folder, artifact)
    protected = properties.get("terminationProtection")
    return _placed(
        _inside(folder, properties.get("templateFile")),
        metadata,
        name=str(properties.get("stackName") or name),
        account=None if account == "unknown-account" else account,
        region=None if region == "unknown-region" else region,
        protected=protected if isinstance(protected, bool) else False,
    )


def _metadata(folder: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the CDK notes about constructs: by path, in the manifest or in a file of its own."""
    beside = artifact.get("additionalMetadataFile")
    own = _mapping(artifact.get("metadata"))
    if not isinstance(beside, str):
        return own
    try:
        return {**own, **_json(_inside(folder, beside))}
    except CumuloError:
        return own


def _placed(path: Path, metadata: Mapping[str, Any], **about: Any) -> Placed:
    """Place a stack and, in it, the nested ones: each has its constructs below its own."""
    inner = {
        construct: path.with_name(Path(file).name)
        for construct, file in _noted(metadata, "aws:cdk:templateFile")
        if Path(file).name != path.name
    }
    ids = dict(_noted(metadata, "aws:cdk:logicalId"))
    own = next((c for c, file in _noted(metadata, "aws:cdk:templateFile") if Path(file).name == path.name), "")
    names: dict[str, str] = {}
    nested: dict[str, Placed] = {}
    for construct, logical_id in ids.items():
        if not any(construct.startswith(f"{each}/") for each in inner):
            names[logical_id] = short(construct, own)
    for construct, file in inner.items():
        above, _, last = construct.rpartition("/")
        holder = ids.get(f"{above}/{last}.NestedStack/{last}.NestedStackResource")
        if holder is not None:
            below = {key: value for key, value in metadata.items() if f"{key}/".lstrip("/").startswith(f"{construct}/")}
            nested[holder] = _placed(file, below, **{**about, "name": f"{about['name']}-{last}", "protected": None})
    return Placed(path, names=names, nested=nested, generated=True, **about)


def _noted(metadata: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    for construct, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else ():
            if _mapping(entry).get("type") == kind and isinstance(entry.get("data"), str):
                yield str(construct).strip("/"), entry["data"]


def short(construct: str, stack: str = "") -> str:
    """Return a construct's path without its stack, and without the word that stands for the resource itself.

    Parameters
    ----------
    construct
        The path: ``"Api/Items/Resource"``.
    stack
        The path of its stack, when that is known: it may lie in a stage.

    Examples
    --------
    >>> short("Api/Items/Resource")
    'Items'
    """
    path = construct.strip("/")
    inside = bool(stack) and path.startswith(f"{stack}/")
    path = path.removeprefix(f"{stack}/") if inside else path.partition("/")[2]
    return path.removesuffix("/Resource") or construct


def _inside(folder: Path, name: object) -> Path:
    """Return a file of a folder; what lies outside of it is no part of the assembly."""
    path = folder / str(name).replace("\0", "")
    inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    if not isinstance(name, str) or "\0" in name or not inside:
        raise CumuloError(f"names a file outside of its folder ({name})", where=str(folder / MANIFEST))
    return path


def _json(path: Path) -> Mapping[str, Any]:
    try:
        with open(path, "rb", opener=at_once) as file:
            found = json.loads(file.read(_MAX_BYTES))
    except OSError as error:
        raise CumuloError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise CumuloError("is not JSON", where=f"{path}{line}", hint="run `cdk synth` again") from None
    return _mapping(found)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
