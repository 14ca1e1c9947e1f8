"""Parameter: a setting in the SSM Parameter Store, read at run time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from troposphere import ssm

from cumulo.model.checks import check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import variable
from cumulo.model.references import Reference, arn
from cumulo.model.stack import Stack


class Parameter(Construct):
    """A plain-text parameter in the SSM Parameter Store; for secrets there is :class:`Secret`.

    Parameters
    ----------
    scope, id
        The stack and the parameter's name in it.
    value
        Its value, at most 4 kB.
    description
        What it is for.

    Notes
    -----
    https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> parameter = Parameter(Stack(App("items", Stage("dev")), "data"), "limits", value="100")
    >>> list(parameter.read().environment)
    ['LIMITS_PARAMETER_NAME']
    """

    kind: ClassVar[str] = "parameter"
    name_limit: ClassVar[int] = 1011

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        value: str,
        description: str | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_type(self.where, "value", value, str, "text", 'write value="…"')
        if not value or len(value.encode()) > 4096:
            raise self.error("a value has 1 to 4096 bytes", hint="keep larger data in a bucket or a table")
        about: dict[str, Any] = {"Description": description} if description else {}
        self.parameter = self.add(ssm.Parameter(self.logical_id(), Name=self.name, Type="String", Value=value, **about))

    @property
    def parameter_name(self) -> Reference:
        """The parameter's name."""
        return self.reference()

    def read(self) -> Link:
        """Return a link that may read the value."""
        # SSM gives no ARN through Fn::GetAtt; the name is ours, so the ARN can be written.
        resource = arn("ssm", f"parameter/{self.name}")
        return Link(
            (Grant(("ssm:GetParameter",), (resource,)),),
            {variable(self.id, "parameter", "name"): self.parameter_name},
        )

    def link(self) -> Link:
        """Return :meth:`read`."""
        return self.read()
