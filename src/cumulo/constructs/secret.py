"""Secret: a value in Secrets Manager that no one has to type or see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from troposphere import secretsmanager

from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import variable
from cumulo.model.references import Reference
from cumulo.model.stack import Stack


class Secret(Construct):
    """A secret in Secrets Manager.

    Parameters
    ----------
    scope, id
        The stack and the secret's name in it.
    generate
        Whether AWS makes up its first value; an empty secret otherwise, to be set by hand.
    length
        Length of a generated value, in characters.
    description
        What it is for.

    Notes
    -----
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> secret = Secret(Stack(App("items", Stage("dev")), "data"), "api-key")
    >>> list(secret.read().environment)
    ['API_KEY_SECRET_ARN']
    """

    kind: ClassVar[str] = "secret"
    name_limit: ClassVar[int] = 512

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        generate: bool = True,
        length: int = 40,
        description: str | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        if not 1 <= length <= 4096:
            raise self.error(f"a length of {length} is not possible", hint="use 1 to 4096 characters")
        properties: dict[str, Any] = {"Name": self.name}
        if description:
            properties["Description"] = description
        if generate:
            properties["GenerateSecretString"] = secretsmanager.GenerateSecretString(
                PasswordLength=length, ExcludePunctuation=True
            )
        keep: dict[str, Any] = (
            {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if self.stage.production else {}
        )
        self.secret = self.add(secretsmanager.Secret(self.logical_id(), **properties, **keep))

    @property
    def arn(self) -> Reference:
        """The secret's ARN."""
        return self.reference("Id")

    def read(self) -> Link:
        """Return a link that may read the value."""
        return Link(
            (Grant(("secretsmanager:GetSecretValue",), (self.arn,)),),
            {variable(self.id, "secret", "arn"): self.arn},
        )

    def link(self) -> Link:
        """Return :meth:`read`."""
        return self.read()
