"""Links: what a function may do with a resource, and how it learns where the resource is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from cumulo.model.references import Arn, Reference

Value = str | Reference | Arn


@dataclass(frozen=True)
class Grant:
    """Leave to call some actions on some resources.

    Parameters
    ----------
    actions
        IAM actions: ``("dynamodb:GetItem",)``.
    resources
        The resources' ARNs.
    """

    actions: tuple[str, ...]
    resources: tuple[Value, ...]


@dataclass(frozen=True)
class Link:
    """What a function gets when it is linked to a resource.

    Parameters
    ----------
    grants
        What its role may do.
    environment
        The environment variables that tell it where the resource is.
    """

    grants: tuple[Grant, ...] = ()
    environment: Mapping[str, Value] = field(default_factory=dict)

    def link(self) -> Link:
        """Return itself: a link can stand wherever something linkable can."""
        return self


@runtime_checkable
class Linkable(Protocol):
    """Something that a function can be linked to."""

    def link(self) -> Link:
        """Return the link that is meant when nothing narrower is said."""
        ...


def merged(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Join grants on the same resources, in a stable order.

    Examples
    --------
    >>> merged([Grant(("a:Get",), ("arn",)), Grant(("a:Put", "a:Get"), ("arn",))])
    (Grant(actions=('a:Get', 'a:Put'), resources=('arn',)),)
    """
    actions: dict[tuple[Value, ...], set[str]] = {}
    for grant in grants:
        actions.setdefault(grant.resources, set()).update(grant.actions)
    return tuple(Grant(tuple(sorted(names)), resources) for resources, names in actions.items())
