"""The e-mails that were sent: kept with the state, told to the parent process, read through a control request."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs

KEPT = 1000
"""How many e-mails of an account and region are kept."""

_TOLD = "_told"


class Outbox:
    """The e-mails of the emulator's SES, those of Cognito among them.

    Parameters
    ----------
    tell
        Tells the parent process of an e-mail: when, from whom and to whom, never what it says.
    """

    def __init__(self, tell: Callable[[str, dict[str, Any]], None]) -> None:
        self._tell = tell
        self._ses: Any = None

    def install(self, ses: Any) -> None:
        """Have the emulator's SES keep its e-mails with its state."""
        self._ses = ses
        get_state, load = ses.get_state, ses.load_persisted_state

        def load_all(state: dict[str, Any]) -> None:
            load(state)
            ses._restore_regional_store(ses._sent_emails, state.get("_sent_emails", {}))

        ses.get_state = lambda: {**get_state(), "_sent_emails": copy.deepcopy(ses._sent_emails)}
        ses.load_persisted_state = load_all

    def announce(self) -> None:
        """Tell of the e-mails that were sent since the last time."""
        if self._ses is None:
            return
        for entries in list(self._ses._sent_emails.to_dict().values()):
            for mail in [mail for mail in entries if _TOLD not in mail]:
                mail[_TOLD] = True
                self._tell("mail", {"time": mail["Timestamp"], "from": mail["Source"], "to": _recipients(mail)})
            del entries[:-KEPT]

    def sent(self, account: str, region: str) -> list[dict[str, Any]]:
        """Return the e-mails that were sent, in order."""
        if self._ses is None:
            return []
        return [_shown(mail) for mail in self._ses._sent_emails.get_scoped(account, region, "entries") or ()]


def name_identities(iam_actions: Any) -> None:
    """Have sending be allowed or denied on the identity that is sent from; the emulator says ``*``.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html
    """
    resource_of = iam_actions._ses_v2_resource_arn

    def with_sender(method: str, path: str, body: bytes, region: str, account: str) -> str:
        sender = _sender(path, body)
        if not sender:
            return str(resource_of(method, path, body, region, account))
        from ministack.services import ses

        address = parseaddr(sender)[1]
        domain = address.rpartition("@")[2]
        known = [name for name in (address, domain) if ses._identities.get_scoped(account, region, name)]
        return f"arn:aws:ses:{region}:{account}:identity/{(known or [address])[0]}"

    iam_actions._ses_v2_resource_arn = with_sender


def _sender(path: str, body: bytes) -> str:
    """Return who an e-mail is from, nothing for another request."""
    if path.rstrip("/") in ("/v2/email/outbound-emails", "/v2/email/outbound-bulk-emails"):
        try:
            return str(json.loads(body).get("FromEmailAddress") or "")
        except (ValueError, AttributeError):
            return ""
    form = parse_qs(body.decode("utf-8", "replace"))
    return form.get("Source", [""])[0] if form.get("Action", [""])[0].startswith("Send") else ""


def _recipients(mail: dict[str, Any]) -> list[str]:
    return [*mail["To"], *mail["CC"], *mail["BCC"]]


def _shown(mail: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": mail["MessageId"],
        "time": mail["Timestamp"],
        "sender": mail["Source"],
        "to": _recipients(mail),
        "subject": mail.get("Subject") or "",
        "text": mail.get("BodyText") or "",
        "html": mail.get("BodyHtml") or "",
    }
