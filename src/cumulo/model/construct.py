"""The base of everything that can be declared in a stack."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from troposphere import AWSObject

from cumulo.errors import CumuloError
from cumulo.model.checks import check_type
from cumulo.model.links import Value
from cumulo.model.names import check_id, described, logical, physical
from cumulo.model.references import Reference
from cumulo.model.source import Source
from cumulo.model.stack import Stack
from cumulo.model.stage import Stage

Resource = TypeVar("Resource", bound=AWSObject)

_PACKAGE = str(Path(__file__).resolve().parent.parent)


class Construct:
    """One declared thing and the template resources it is made of.

    Parameters
    ----------
    scope
        The stack it belongs to.
    id
        Its name, kebab case; the last part of its name in AWS.
    override
        Properties of the main resource to set over what the construct chose; nested mappings are
        merged, ``None`` removes a property.
    accept
        Findings of ``cumulo check`` that are accepted here, with the reason: ``{"FN001": "measured"}``.
    """

    kind: ClassVar[str] = "construct"
    name_limit: ClassVar[int] = 64

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        self.source = _declared_at()
        check_type(f"{self.kind} {id!r} ({self.source})", "scope", scope, Stack, "a Stack", "pass the stack it is for")
        self.stack = scope
        self.id = check_id(self.kind, id)
        self.name = physical(scope.app.name, scope.stage.name, id, limit=self.name_limit)
        self.override = dict(override or {})
        self.accept = dict(accept or {})
        self.resources: dict[str, AWSObject] = {}
        scope.app.add_name(self)
        scope.constructs.append(self)

    @property
    def stage(self) -> Stage:
        """The stage it is declared for."""
        return self.stack.stage

    @property
    def main(self) -> AWSObject:
        """The resource that the construct is about: the first one it made."""
        return next(iter(self.resources.values()))

    def logical_id(self, *parts: str) -> str:
        """Return the logical id of one of its resources: of the main one without ``parts``."""
        return logical(self.id, *parts) if parts else logical(described(self.id, self.kind))

    def add(self, resource: Resource) -> Resource:
        """Add a troposphere resource to the template.

        Raises
        ------
        CumuloError
            When the stack has a resource of that logical id already.
        """
        title = resource.title
        if any(title in construct.resources for construct in self.stack.constructs):
            raise self.error(f"the stack has a resource {title} already", hint="give one of them another id")
        self.resources[str(title)] = resource
        return resource

    def reference(self, attribute: str | None = None, *, to: AWSObject | None = None) -> Reference:
        """Return a reference to an attribute of one of its resources, by default the main one."""
        return Reference(self.stack, str((to or self.main).title), attribute)

    def value(self, value: Value | Mapping[str, Value] | list[Value] | tuple[Value, ...]) -> Any:
        """Turn references into what a template of its stack says for them."""
        return self.stack.value(value)

    @property
    def where(self) -> str:
        """What it is and where it is declared, for errors."""
        return f"{self.kind} {self.id!r} ({self.source})"

    def error(self, what: str, *, hint: str | None = None) -> CumuloError:
        """Return an error that says where the construct is declared."""
        return CumuloError(what, where=self.where, hint=hint)


def _declared_at() -> Source:
    """Return the place outside Cumulo that is declaring a construct right now."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return Source(frame.f_code.co_filename, frame.f_lineno)
