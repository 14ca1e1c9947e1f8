"""References to values that exist only once a stack is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cumulo.model.stack import Stack


@dataclass(frozen=True)
class Reference:
    """An attribute of a resource: ``Ref``, ``Fn::GetAtt``, or an import when it lies in another stack.

    Parameters
    ----------
    stack
        The stack of the resource.
    logical_id
        Logical id of the resource.
    attribute
        What ``Fn::GetAtt`` takes; ``None`` for ``Ref``.
    suffix
        Text that follows the value: ``"/index/GSI1"``.

    Notes
    -----
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
    """

    stack: Stack
    logical_id: str
    attribute: str | None = None
    suffix: str = ""

    def followed_by(self, suffix: str) -> Reference:
        """Return the reference with text after its value."""
        return Reference(self.stack, self.logical_id, self.attribute, self.suffix + suffix)

    @property
    def output_name(self) -> str:
        """The name of the output that exports it."""
        return f"{self.logical_id}{(self.attribute or 'Ref').replace('.', '')}"

    @property
    def export_name(self) -> str:
        """The name of its export, unique in the account and region."""
        return f"{self.stack.name}:{self.output_name}"


@dataclass(frozen=True)
class Arn:
    """An ARN whose resource name is known; partition, region and account are those of the deployment.

    Parameters
    ----------
    pattern
        The ARN, with pseudo parameters as ``Fn::Sub`` takes them.
    """

    pattern: str


def arn(service: str, resource: str) -> Arn:
    """Return the ARN of a resource in the deployment's own account and region.

    Examples
    --------
    >>> arn("ssm", "parameter/limits").pattern
    'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/limits'
    """
    return Arn(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
