"""Properties that take a password or a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cumulo.guidelines.system import Resource, Stack
from cumulo.guidelines.template.values import Path_, Value

_KEYS = {
    "ADDomainJoinPassword",
    "AccountPassword",
    "AdminPassword",
    "AuthToken",
    "CrossRealmTrustPrincipalPassword",
    "DbPassword",
    "KdcAdminPassword",
    "MasterUserPassword",
    "Password",
    "SecretString",
}
# Names of somebody's own choice: environment variables, which SEC001 judges, and documents about messages.
_OWN_CHOICE = {"Body", "Definition", "Environment", "RequestTemplates", "ResponseTemplates", "Schema"}


@dataclass(frozen=True)
class Password:
    """A property that takes a secret.

    Parameters
    ----------
    resource
        The resource.
    key
        Name of the property: ``"MasterUserPassword"``.
    written
        What is written there, unresolved: a parameter's default is no literal. One for each branch of ``Fn::If``.
    at
        Its place, for a finding.
    """

    resource: Resource
    key: str
    written: Any
    at: Value


def passwords(stack: Stack) -> Iterator[Password]:
    """Return the properties of a stack's resources that take a secret, wherever they lie."""
    for resource in stack.resources.values():
        start: Path_ = ("Resources", resource.id, "Properties")
        waiting: list[tuple[Path_, Any]] = [(start, resource.body.get("Properties"))]
        while waiting:
            path, found = waiting.pop()
            children = _children(found)
            for key, value in children:
                if key in _KEYS:
                    place = Value(value, stack.scope, (*path, key))
                    yield from (Password(resource, str(key), each, place) for each in _branches(value))
                elif isinstance(value, dict | list) and key not in _OWN_CHOICE:
                    waiting.append(((*path, key), value))


def _children(found: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(found, Mapping):
        yield from found.items()
    elif isinstance(found, list):
        yield from enumerate(found)


def _branches(value: Any) -> Iterator[Any]:
    cases = value.get("Fn::If") if isinstance(value, Mapping) else None
    if isinstance(cases, list) and len(cases) == 3:
        yield from (branch for case in cases[1:] for branch in _branches(case))
    else:
        yield value
