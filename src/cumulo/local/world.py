"""What runs locally, with every value known: the input of the parts that Cumulo runs itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource with all intrinsic functions resolved.

    Parameters
    ----------
    stack
        Id of its stack in the assembly.
    logical_id
        Its logical id in the template.
    type
        Its CloudFormation type: ``"AWS::Lambda::Function"``.
    physical_id
        What ``Ref`` gives: a function's name, an API's id, a queue's URL.
    properties
        Its properties, resolved to plain values.
    """

    stack: str
    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """Everything that one account of the local cloud holds.

    Parameters
    ----------
    account, region
        The account and region that ARNs carry.
    resources
        The resources of all stacks.
    outputs
        The stacks' outputs: stack id → output name → value.
    """

    account: str
    region: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of_type(self, type_: str) -> Iterator[Resource]:
        """Yield the resources of one CloudFormation type."""
        return (resource for resource in self.resources if resource.type == type_)

    def function_arn(self, name: str) -> str:
        """Return the ARN of a local function."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"
