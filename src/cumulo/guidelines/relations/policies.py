"""What identity policies allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement of an IAM policy, and the resource that holds it."""

    holder: Resource
    value: Value

    @property
    def allows(self) -> bool:
        """Whether it allows; nothing else grants anything."""
        return any(effect.text == "Allow" for effect in self.value.get("Effect"))

    def listed(self, key: str) -> Iterator[Value]:
        """Return the elements of ``Action``, ``Resource`` and the like."""
        for value in self.value.get(key):
            yield from value.elements()


def statements(system: System) -> Iterator[Statement]:
    """Return every statement of every identity policy."""
    for holder, document in _documents(system):
        for listed in document.get("Statement"):
            for statement in listed.elements():
                yield Statement(holder, statement)


def _documents(system: System) -> Iterator[tuple[Resource, Value]]:
    for holder in system.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for policies in holder.get("Policies"):
            for policy in policies.elements():
                yield from ((holder, document) for document in policy.get("PolicyDocument"))
    kinds = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy")
    for holder in system.of_type(*kinds):
        yield from ((holder, document) for document in holder.get("PolicyDocument"))
