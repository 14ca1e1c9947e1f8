"""A linked e-mail sender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client
    from mypy_boto3_sesv2.type_defs import BodyTypeDef, ContentTypeDef


class EmailSender:
    """A linked address to send e-mails from."""

    def __init__(self, address: str, client: SESV2Client) -> None:
        self.address: Final = address
        self.client: Final = client

    def send(
        self,
        *,
        to: str | Sequence[str],
        subject: str,
        text: str,
        html: str | None = None,
        reply_to: str | None = None,
    ) -> str:
        """Send one e-mail and return its message id.

        Parameters
        ----------
        to
            An address, or several; all of them see each other.
        subject
            The subject, one line.
        text, html
            What it says, as plain text and as a page; mail programs show one of them.
        reply_to
            Where answers go; to the sender without it.

        Notes
        -----
        https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
        """
        body: BodyTypeDef = {"Text": _content(text)}
        if html is not None:
            body["Html"] = _content(html)
        options: dict[str, Any] = {"ReplyToAddresses": [reply_to]} if reply_to else {}
        answer = self.client.send_email(
            FromEmailAddress=self.address,
            Destination={"ToAddresses": [to] if isinstance(to, str) else list(to)},
            Content={"Simple": {"Subject": _content(subject), "Body": body}},
            **options,
        )
        return str(answer["MessageId"])


def _content(text: str) -> ContentTypeDef:
    return {"Data": text, "Charset": "UTF-8"}
