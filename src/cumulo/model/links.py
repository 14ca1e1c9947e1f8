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
    conditions
        What else has to hold, as a policy says it: ``{"StringLike": {"s3:prefix": "uploads/*"}}``.
    """

    actions: tuple[str, ...]
    resources: tuple[Value, ...]
    conditions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


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
    """Join grants on the same resources under the same conditions, in a stable order.

    Examples
    --------
    >>> merged([Grant(("a:Get",), ("arn",)), Grant(("a:Put", "a:Get"), ("arn",))])
    (Grant(actions=('a:Get', 'a:Put'), resources=('arn',), conditions={}),)
    """
    alike: dict[tuple[tuple[Value, ...], str], list[Grant]] = {}
    for grant in grants:
        alike.setdefault((grant.resources, repr(grant.conditions)), []).append(grant)
    return tuple(
        Grant(tuple(sorted({action for grant in group for action in grant.actions})), resources, group[0].conditions)
        for (resources, _), group in alike.items()
    )
