"""Topic: an SNS topic, for alarms to tell people and for systems to tell each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from troposphere import sns

from cumulo.model.checks import check_list
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import variable
from cumulo.model.references import Reference
from cumulo.model.stack import Stack


class Topic(Construct):
    """An SNS topic.

    Parameters
    ----------
    scope, id
        The stack and the topic's name in it.
    emails
        Addresses that get what is published; each has to confirm once.

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> Topic(Stack(App("items", Stage("dev")), "watch"), "alerts").name
    'items-dev-alerts'
    """

    kind: ClassVar[str] = "topic"
    name_limit: ClassVar[int] = 256

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        emails: tuple[str, ...] = (),
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_list(self.where, "emails", emails, '"me@example.com"')
        self.topic = self.add(sns.Topic(self.logical_id(), TopicName=self.name))
        for number, address in enumerate(emails, start=1):
            self.add(
                sns.SubscriptionResource(
                    self.logical_id("email", str(number)),
                    Protocol="email",
                    Endpoint=address,
                    TopicArn=self.value(self.arn),
                )
            )

    @property
    def arn(self) -> Reference:
        """The topic's ARN."""
        return self.reference()

    def publish(self) -> Link:
        """Return a link that may publish."""
        return Link((Grant(("sns:Publish",), (self.arn,)),), {variable(self.id, "topic", "arn"): self.arn})

    def link(self) -> Link:
        """Return :meth:`publish`."""
        return self.publish()
