"""The assembly: the folder that synthesis writes and everything else reads.

An assembly is ``manifest.json``, one CloudFormation template per stack and content-addressed code
assets. This module is the only one that knows how it lies on disk::

    .cumulo/out/<stage>/
      manifest.json
      <stack id>.template.json
      assets/<sha256>.zip
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.model.source import Source

FORMAT = 1
MANIFEST = "manifest.json"

Template = Mapping[str, Any]


@dataclass(frozen=True)
class StackArtifact:
    """One stack of the assembly.

    Parameters
    ----------
    id
        The stack's name within the app: ``"data"``.
    name
        The stack's name in CloudFormation: ``"items-dev-data"``.
    template
        The CloudFormation template, as plain JSON data.
    dependencies
        Ids of the stacks that have to be deployed before this one.
    termination_protection
        Whether CloudFormation refuses to delete the stack.
    tags
        Tags of the stack; CloudFormation passes them on to its resources.
    sources
        Where each resource was declared, by logical id.
    accepted
        Findings accepted in the declaration: logical id → rule id → reason.
    """

    id: str
    name: str
    template: Template
    dependencies: tuple[str, ...] = ()
    termination_protection: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    accepted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The template's resources by logical id."""
        resources: Mapping[str, Mapping[str, Any]] = self.template.get("Resources", {})
        return resources


@dataclass(frozen=True)
class FunctionArtifact:
    """The code side of one Lambda function.

    Parameters
    ----------
    stack
        Id of the function's stack.
    logical_id
        Logical id of its ``AWS::Lambda::Function``.
    handler
        ``package.module.function``, relative to the project.
    asset
        Name of its code asset, ``"<sha256>.zip"``; ``None`` when nothing was packaged.
    """

    stack: str
    logical_id: str
    handler: str
    asset: str | None = None


@dataclass(frozen=True)
class Assembly:
    """A whole system for one stage, ready to be judged, run or shipped.

    Parameters
    ----------
    folder
        Where the assembly lies.
    project
        The project's folder: where handlers are imported from when it runs locally.
    app, stage
        Their names.
    production
        Whether the stage is marked as production.
    account, region
        Where it is meant for; ``None`` when the environment decides.
    python
        Minor version of the functions' Python: ``"3.11"``.
    stacks
        The stacks, in deployment order.
    functions
        The functions' code.

    Examples
    --------
    >>> assembly = read(Path(".cumulo/out/dev"))  # doctest: +SKIP
    >>> [stack.name for stack in assembly.stacks]  # doctest: +SKIP
    ['items-dev-data', 'items-dev-api']
    """

    folder: Path
    project: Path
    app: str
    stage: str
    production: bool
    account: str | None
    region: str | None
    python: str
    stacks: tuple[StackArtifact, ...]
    functions: tuple[FunctionArtifact, ...] = ()

    @cached_property
    def stacks_by_id(self) -> Mapping[str, StackArtifact]:
        """The stacks by their id."""
        return {stack.id: stack for stack in self.stacks}

    def asset_path(self, asset: str) -> Path:
        """Return where a code asset lies."""
        return self.folder / "assets" / asset


def write(assembly: Assembly) -> None:
    """Write the manifest and the templates of an assembly; the assets are there already.

    The same assembly gives the same bytes.
    """
    assembly.folder.mkdir(parents=True, exist_ok=True)
    names = {_template_name(stack.id) for stack in assembly.stacks}
    for stale in assembly.folder.glob("*.template.json"):
        if stale.name not in names:
            stale.unlink()
    for stack in assembly.stacks:
        _write_json(assembly.folder / _template_name(stack.id), stack.template)
    manifest = {
        "format": FORMAT,
        **{key: getattr(assembly, key) for key in ("app", "stage", "production", "account", "region", "python")},
        "project": str(assembly.project),
        "stacks": [_stack_entry(stack) for stack in assembly.stacks],
        "functions": [asdict(function) for function in assembly.functions],
    }
    _write_json(assembly.folder / MANIFEST, manifest)


def read(folder: Path) -> Assembly:
    """Read an assembly from its folder.

    Raises
    ------
    CumuloError
        When there is no assembly there, or it was written by another format of Cumulo.
    """
    manifest = _read_json(folder / MANIFEST, hint="run `cumulo synth` first")
    if manifest.get("format") != FORMAT:
        raise CumuloError(
            f"the assembly has format {manifest.get('format')!r}, this Cumulo reads {FORMAT}",
            where=str(folder),
            hint="run `cumulo synth` again",
        )
    return Assembly(
        folder=folder,
        project=Path(manifest["project"]),
        **{key: manifest[key] for key in ("app", "stage", "production", "account", "region", "python")},
        stacks=tuple(_read_stack(folder, entry) for entry in manifest["stacks"]),
        functions=tuple(FunctionArtifact(**entry) for entry in manifest["functions"]),
    )


def in_order(stacks: Sequence[StackArtifact]) -> tuple[StackArtifact, ...]:
    """Sort stacks so that each comes after those it depends on.

    Raises
    ------
    CumuloError
        When the stacks depend on each other in a circle.
    """
    waiting = list(stacks)
    done: list[StackArtifact] = []
    while waiting:
        ready = next((s for s in waiting if {d.id for d in done} >= set(s.dependencies)), None)
        if ready is None:
            raise _circle({stack.id: stack for stack in waiting})
        waiting.remove(ready)
        done.append(ready)
    return tuple(done)


def _circle(waiting: Mapping[str, StackArtifact]) -> CumuloError:
    """Return the error for stacks of which each waits for another one: it names one circle, and what closes it."""
    path = [next(iter(waiting))]
    while True:
        following = next(id_ for id_ in waiting[path[-1]].dependencies if id_ in waiting)
        if following in path:
            break
        path.append(following)
    circle = [*path[path.index(following) :], following]
    uses = (_use(waiting[user], waiting[used]) for user, used in pairwise(circle))
    return CumuloError(
        f"the stacks depend on each other in a circle: {' -> '.join(circle)}",
        hint=f"{'; '.join(uses)}: move one of these to the stack that uses it, or what both need into one of its own",
    )


def _use(user: StackArtifact, used: StackArtifact) -> str:
    names = re.findall(rf'"Fn::ImportValue": "{re.escape(used.name)}:(\w+)"', json.dumps(user.template))
    return f"{user.id} uses {', '.join(sorted(set(names))) or 'something'} of {used.id}"


def _template_name(stack_id: str) -> str:
    return f"{stack_id}.template.json"


def _stack_entry(stack: StackArtifact) -> dict[str, Any]:
    entry = asdict(replace(stack, template={}))
    return {**entry, "template": _template_name(stack.id)}


def _read_stack(folder: Path, entry: Mapping[str, Any]) -> StackArtifact:
    return StackArtifact(
        **{
            **entry,
            "template": _read_json(folder / entry["template"], hint="run `cumulo synth` again"),
            "dependencies": tuple(entry["dependencies"]),
            "sources": {key: Source(**value) for key, value in entry["sources"].items()},
        }
    )


def _write_json(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _read_json(path: Path, hint: str) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CumuloError("there is no assembly here", where=str(path.parent), hint=hint) from None
    except ValueError as error:
        raise CumuloError(f"is not JSON ({error})", where=str(path), hint=hint) from None
    if not isinstance(data, dict):
        raise CumuloError("is not a JSON object", where=str(path), hint=hint)
    return data
