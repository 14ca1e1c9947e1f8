"""What identity policies allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Value

_POLICIES = (
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy",
)


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement of an IAM policy, and the resource that holds it."""

    holder: Resource
    value: Value

    @cached_property
    def allows(self) -> bool:
        """Whether it allows; nothing else grants anything."""
        return any(effect.text == "Allow" for effect in self.value.get("Effect"))

    @property
    def is_fixed(self) -> bool:
        """Whether nobody can change it: one of SAM's policy templates made it."""
        path = self.value.path
        return any(path[:length] in self.holder.stack.fixed for length in range(len(path)))

    def concerns(self, *actions: str) -> bool:
        """Tell whether it is about one of some actions, by name or by ``*``; IAM reads both without regard to case."""
        patterns = [action.text.lower() for action in self.listed("Action") if action.text]
        return any(fnmatchcase(action.lower(), pattern) for pattern in patterns for action in actions)

    @cached_property
    def _listed(self) -> dict[str, tuple[Value, ...]]:
        return {}

    def listed(self, key: str) -> tuple[Value, ...]:
        """Return the elements of ``Action``, ``Resource`` and the like."""
        if key not in self._listed:
            self._listed[key] = self.value.listed(key)
        return self._listed[key]


@once
def statements(system: System) -> Sequence[Statement]:
    """Return every statement of every identity policy."""
    return [
        Statement(holder, statement)
        for holder, document in _documents(system)
        for statement in document.listed("Statement")
    ]


def _documents(system: System) -> Iterator[tuple[Resource, Value]]:
    for holder in system.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for policy in holder.listed("Policies"):
            yield from ((holder, document) for document in policy.get("PolicyDocument"))
    for holder in system.of_type(*_POLICIES):
        yield from ((holder, document) for document in holder.get("PolicyDocument"))
