"""What each role may do, wherever the statement is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cumulo.guidelines.relations.policies import Statement, statements
from cumulo.guidelines.relations.types import ROLE
from cumulo.guidelines.system import Resource, System, once

MANAGED_POLICY = "AWS::IAM::ManagedPolicy"


@once
def statements_by_role(system: System) -> Mapping[Resource, Sequence[Statement]]:
    """Return the statements of each role: its own, and those of policies that are attached to it."""
    attached = _attached(system)
    roles: dict[Resource, tuple[Resource, ...]] = {}
    found: dict[Resource, list[Statement]] = {}
    for statement in statements(system):
        holder = statement.holder
        if holder not in roles:
            roles[holder] = (*_roles(system, holder), *attached.get(holder, ()))
        for role in roles[holder]:
            found.setdefault(role, []).append(statement)
    return found


def role_of(system: System, function: Resource) -> Resource | None:
    """Return a function's role, when it is one of the system's own."""
    found = {system.target(value, ROLE) for value in function.get("Role")}
    return found.pop() if len(found) == 1 else None


def _roles(system: System, holder: Resource) -> Iterator[Resource]:
    if holder.type == ROLE:
        yield holder
        return
    for named in (*holder.listed("Roles"), *holder.get("RoleName")):
        role = system.target(named, ROLE)
        if role is not None:
            yield role


def _attached(system: System) -> Mapping[Resource, Sequence[Resource]]:
    found: dict[Resource, list[Resource]] = {}
    for role in system.of_type(ROLE):
        for arn in role.listed("ManagedPolicyArns"):
            policy = system.target(arn, MANAGED_POLICY)
            if policy is not None:
                found.setdefault(policy, []).append(role)
    return found
