"""The e-mails that a local system has sent; they reach nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cumulo.local.emulator.process import Emulator
from cumulo.local.entries import Entry


@dataclass(frozen=True)
class Mail:
    """One e-mail.

    Parameters
    ----------
    id
        Its message id.
    time
        When it was sent, in seconds since the epoch.
    sender
        From whom.
    to
        To whom: copies and blind copies included.
    subject, text, html
        What it says; ``text`` and ``html`` are empty when it has no such part.
    """

    id: str
    time: float
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str


async def sent_mail(emulator: Emulator, account: str, region: str) -> list[Mail]:
    """Return the e-mails that were sent, oldest first; SES's and those that Cognito writes by itself."""
    return [Mail(**{**mail, "to": tuple(mail["to"])}) for mail in await emulator.sent_mail(account, region)]


def mail_entry(facts: Mapping[str, Any]) -> Entry:
    """Return the journal's entry of an e-mail: neither its text nor its subject, as both may have one-time codes."""
    to = ", ".join(facts["to"])
    data = {"sender": facts["from"], "to": facts["to"]}
    return Entry(float(facts["time"]), "mail", str(facts["from"]), f"e-mail to {to}", data=data)
