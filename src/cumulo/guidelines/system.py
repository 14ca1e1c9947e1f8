"""The system under judgement: what template rules look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar

from cumulo.assembly import FunctionArtifact
from cumulo.guidelines.facts import NOTHING, Facts
from cumulo.guidelines.template.conditions import constant
from cumulo.guidelines.template.values import Path_, Reference, Scope, Value
from cumulo.model.source import Source

Answer = TypeVar("Answer")

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
    protected
        Whether it is deployed with termination protection; ``None`` where nobody knows, as for a bare template.
    names
        What findings call a resource that has a better name than its logical id: the SAM resource that it was
        generated for, the path of its construct.
    beyond
        Logical ids of resources that a tool generated and nobody can change: findings about them help nobody.
    written
        The stack as somebody wrote it, when a transform was expanded.
    writable
        Where mends may be written then: path in the expansion → path in the file.
    fixed
        Paths of pieces that a tool generated and nobody can change.
    generated
        Whether a tool wrote the file, as the CDK does: nobody mends it, as it would be written again.
    constructs
        Whether it was made of the CDK's constructs.
    made
        Logical ids of resources that SAM's translator made.
    """

    name: str
    scope: Scope
    file: str
    lines: Mapping[Path_, int] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    accepted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    protected: bool | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    beyond: frozenset[str] = frozenset()
    written: Stack | None = None
    writable: Mapping[Path_, Path_] = field(default_factory=dict)
    fixed: frozenset[Path_] = frozenset()
    generated: bool = False
    constructs: bool = False
    made: frozenset[str] = frozenset()

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """The resources by logical id, those that are never made left out; what is none at all is left to cfn-lint."""
        return {
            logical_id: Resource(self, str(logical_id), body["Type"], _without_nothing(body))
            for logical_id, body in self.scope.section("Resources").items()
            if isinstance(body, Mapping) and isinstance(body.get("Type"), str) and self._may_be_made(body)
        }

    def _may_be_made(self, body: Mapping[str, Any]) -> bool:
        condition = body.get("Condition")
        return not isinstance(condition, str) or constant(self.scope, condition) is not False

    def subject(self, logical_id: str) -> str:
        """Return what findings call a resource: ``"items-dev-api/CreateItem"``."""
        return f"{self.name}/{self.names.get(logical_id, logical_id)}"

    def mended_at(self, path: Path_) -> Path_ | None:
        """Return where in the file a value has to be written; ``None`` where the file has no such place."""
        if self.generated:
            return None
        if self.written is None:
            return path
        for length in range(len(path), 0, -1):
            if path[:length] in self.writable:
                return (*self.writable[path[:length]], *path[length:])
        return None

    def place(self, path: Path_) -> tuple[str | None, int | None]:
        """Return file and line of a path in the template: of the declaration, where one is known."""
        if len(path) >= 2 and path[0] == "Resources" and str(path[1]) in self.sources:
            source = self.sources[str(path[1])]
            return source.file, source.line
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.file, self.lines[path[:length]]
        return self.file, None


def _without_nothing(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a resource's body; `Properties:` with nothing behind it is the same as none."""
    if body.get("Properties", {}) is not None:
        return body
    return {key: value for key, value in body.items() if key != "Properties"}


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
        """What findings call it; see `Stack.subject`."""
        return self.stack.subject(self.id)

    @property
    def name(self) -> str:
        """What messages call it, within its stack: the path of its construct, its SAM resource, or its logical id."""
        return self.stack.names.get(self.id, self.id)

    @property
    def by_sam(self) -> bool:
        """Whether it was written as a SAM resource, or as an event or another part of one."""
        return self.id in self.stack.made

    def get(self, *keys: str | int) -> tuple[Value, ...]:
        """Return all the values that a property may have; see `Value`."""
        return self.part("Properties", *keys)

    def listed(self, *keys: str | int) -> tuple[Value, ...]:
        """Return the elements of a property that is a list, of all the lists that it may be."""
        return Value(self.body, self.stack.scope, ("Resources", self.id)).listed("Properties", *keys)

    def part(self, *keys: str | int) -> tuple[Value, ...]:
        """Return all the values of a part beside the properties, as ``DeletionPolicy``."""
        return Value(self.body, self.stack.scope, ("Resources", self.id)).get(*keys)


@dataclass(frozen=True)
class FunctionCode:
    """The source of a function that a template declares.

    Parameters
    ----------
    subject
        What findings call the function: ``"template/CreateItem"``.
    handler
        The handler, relative to the root: ``"app.handler"``.
    root
        The folder that its modules are imported from.
    """

    subject: str
    handler: str
    root: Path


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
    code
        Where the source of functions lies that a template declares.
    app, stage
        Names of the app and the stage, when the system was declared with Cumulo.
    facts
        What was measured when it ran.
    """

    stacks: tuple[Stack, ...]
    production: bool = False
    region: str | None = None
    project: Path | None = None
    functions: tuple[FunctionArtifact, ...] = ()
    code: tuple[FunctionCode, ...] = ()
    app: str | None = None
    stage: str | None = None
    facts: Facts = NOTHING

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

    @cached_property
    def answers(self) -> dict[Callable[[System], Any], Any]:
        """The answers to questions that several rules ask; see `once`."""
        return {}

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

    def first_target(self, values: Iterable[Value], *kinds: str) -> Resource | None:
        """Return the first resource of some types that one of several values names; see `target`."""
        found = (self.target(value, kind) for value in values for kind in kinds)
        return next((each for each in found if each is not None), None)


def once(question: Callable[[System], Answer]) -> Callable[[System], Answer]:
    """Work out a question about a system once, however many rules ask it.

    Parameters
    ----------
    question
        A plain function over the system: `relations.apis.routes` is one. What it returns is shared: no iterator, and
        nothing that anybody changes.
    """

    @wraps(question)
    def answered(system: System) -> Answer:
        if question not in system.answers:
            system.answers[question] = question(system)
        answer: Answer = system.answers[question]
        return answer

    return answered
