"""The system under judgement: what template rules look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cumulo.assembly import Assembly, FunctionArtifact, StackArtifact
from cumulo.guidelines.template.reading import TemplateFile
from cumulo.guidelines.template.values import Path_, Reference, Scope, Value
from cumulo.model.source import Source

NAMES: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
}
"""The property that holds a resource's physical name, by type."""


@dataclass(frozen=True)
class Stack:
    """One template with what is known about its place.

    Parameters
    ----------
    name
        What findings call it: the stack's name, or the file's.
    scope
        What names in it mean.
    file
        The template's file.
    lines
        Line of each key and list element of that file, by path.
    sources
        Where each resource was declared in Python, by logical id.
    accepted
        Findings accepted in the declaration: logical id → rule id → reason.
    """

    name: str
    scope: Scope
    file: str
    lines: Mapping[Path_, int] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    accepted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """The resources by logical id; what is no resource at all is left to cfn-lint."""
        return {
            logical_id: Resource(self, str(logical_id), body["Type"], body)
            for logical_id, body in self.scope.section("Resources").items()
            if isinstance(body, Mapping) and isinstance(body.get("Type"), str)
        }

    def place(self, path: Path_) -> tuple[str | None, int | None]:
        """Return file and line of a path in the template: of the declaration, where one is known."""
        if len(path) >= 2 and path[0] == "Resources" and str(path[1]) in self.sources:
            source = self.sources[str(path[1])]
            return source.file, source.line
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.file, self.lines[path[:length]]
        return self.file, None


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of a template.

    Examples
    --------
    >>> resource.get("Environment", "Variables")  # doctest: +SKIP
    (Value(plain={'TABLE_NAME': {'Ref': 'Table'}}, …),)
    """

    stack: Stack
    id: str
    type: str
    body: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """What findings call it: ``"items-dev-api/CreateItem"``."""
        return f"{self.stack.name}/{self.id}"

    def get(self, *keys: str | int) -> tuple[Value, ...]:
        """Return all the values that a property may have; see `Value`."""
        return self.part("Properties", *keys)

    def part(self, *keys: str | int) -> tuple[Value, ...]:
        """Return all the values of a part beside the properties, as ``DeletionPolicy``."""
        return Value(self.body, self.stack.scope, ("Resources", self.id)).get(*keys)


@dataclass(frozen=True)
class System:
    """Everything that is judged together: the stacks of an assembly, or templates of anybody.

    Parameters
    ----------
    stacks
        The templates.
    production
        Whether the stage is marked as production.
    region
        Where it is meant for, when that is known.
    project
        The project's folder, when there is one.
    functions
        The functions whose code is at hand.
    """

    stacks: tuple[Stack, ...]
    production: bool = False
    region: str | None = None
    project: Path | None = None
    functions: tuple[FunctionArtifact, ...] = ()

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, in the order of the stacks and of the templates."""
        return tuple(resource for stack in self.stacks for resource in stack.resources.values())

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _by_reference(self) -> Mapping[tuple[str, str], Resource]:
        return {(resource.stack.scope.stack, resource.id): resource for resource in self.resources}

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], Resource]:
        return {
            (kind, name.text): resource
            for kind, key in NAMES.items()
            for resource in self.of_type(kind)
            for name in resource.get(key)
            if name.text
        }

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Return the resources of some types."""
        for kind in types:
            yield from self._by_type.get(kind, ())

    def resource(self, reference: Reference) -> Resource | None:
        """Return the resource that a reference names."""
        return self._by_reference.get((reference.stack, reference.logical_id))

    def target(self, value: Value, kind: str) -> Resource | None:
        """Return the resource of a type that a value names: by reference, ARN or physical name.

        Parameters
        ----------
        value
            ``Ref``, ``Fn::GetAtt``, a text with one of them in it, an ARN or a name.
        kind
            The resource's type.
        """
        for reference in value.references:
            found = self.resource(reference)
            if found is not None and found.type == kind:
                return found
        pattern = value.pattern
        if pattern is None:
            return None
        last = pattern if "/aws/" in pattern else re.split(r"[:/]", pattern)[-1]
        return self._by_name.get((kind, last))


def of_assembly(assembly: Assembly) -> System:
    """See an assembly as rules do."""
    exports: dict[str, Value] = {}
    stacks = tuple(_stack(assembly, artifact, exports) for artifact in assembly.stacks)
    _fill(exports, stacks)
    return System(stacks, assembly.production, assembly.region, assembly.project, assembly.functions)


def of_templates(
    files: Sequence[TemplateFile], *, production: bool = False, region: str | None = None, project: Path | None = None
) -> System:
    """See template files as rules do: what one exports, the others import."""
    exports: dict[str, Value] = {}
    pseudo = {"AWS::Region": region} if region else {}
    stacks = tuple(
        Stack(
            name=file.path.name.split(".")[0] or file.path.name,
            scope=Scope(str(file.path), file.data, pseudo, exports),
            file=str(file.path),
            lines=file.lines,
        )
        for file in files
    )
    _fill(exports, stacks)
    return System(stacks, production, region, project)


def _stack(assembly: Assembly, artifact: StackArtifact, exports: Mapping[str, Value]) -> Stack:
    known = {
        "AWS::StackName": artifact.name,
        "AWS::Region": assembly.region,
        "AWS::AccountId": assembly.account,
    }
    pseudo = {name: value for name, value in known.items() if value}
    file = assembly.folder / f"{artifact.id}.template.json"
    return Stack(
        name=artifact.name,
        scope=Scope(artifact.id, artifact.template, pseudo, exports),
        file=str(file.relative_to(assembly.project) if file.is_relative_to(assembly.project) else file),
        sources=artifact.sources,
        accepted=artifact.accepted,
    )


def _fill(exports: dict[str, Value], stacks: Sequence[Stack]) -> None:
    """Note what the stacks export, unresolved: what it means is found when it is imported."""
    for stack in stacks:
        for key, output in stack.scope.section("Outputs").items():
            if not isinstance(output, Mapping):
                continue
            value = Value(output, stack.scope, ("Outputs", key))
            for name in value.get("Export", "Name"):
                if name.text:
                    exports[name.text] = Value(output.get("Value"), stack.scope, value.path)
