"""EmailSender: an address that a system sends e-mails from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from troposphere import ses

from cumulo.model.checks import check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import variable
from cumulo.model.references import arn
from cumulo.model.stack import Stack

# Amazon SES takes 7-bit ASCII only: https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class EmailSender(Construct):
    """An e-mail address to send from, as an identity of Amazon SES.

    Once deployed to AWS its owner has to follow the link that SES sends to it. An address is an identity once in an
    account and region: stages that share both need addresses of their own.

    Parameters
    ----------
    scope, id
        The stack and the sender's name in it.
    address
        The address: ``"hello@example.com"``.

    Notes
    -----
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-emailidentity.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> sender = EmailSender(Stack(App("kefir", Stage("dev")), "auth"), "sender", address="kefir@example.com")
    >>> list(sender.send().environment)
    ['SENDER_EMAIL_ADDRESS']
    """

    kind: ClassVar[str] = "email"

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        address: str,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_type(self.where, "address", address, str, "text", 'write address="hello@example.com"')
        if not ADDRESS.fullmatch(address):
            raise self.error(f"{address!r} is no e-mail address", hint='write address="hello@example.com"')
        self.address = address
        self.identity = self.add(ses.EmailIdentity(self.logical_id("identity"), EmailIdentity=address))

    def send(self) -> Link:
        """Return a link that may send from this address, and from no other."""
        identity = arn("ses", f"identity/{self.address}")
        return Link((Grant(("ses:SendEmail",), (identity,)),), {variable(self.id, self.kind, "address"): self.address})

    def link(self) -> Link:
        """Return :meth:`send`."""
        return self.send()
