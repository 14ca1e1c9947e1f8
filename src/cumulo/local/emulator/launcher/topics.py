"""Subscriptions by e-mail, which the emulator's SNS leaves out: what is published becomes an e-mail of its SES.

https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
SUBJECT = "AWS Notification Message"
_PROTOCOLS = ("email", "email-json")


def install(sns: Any, ses: Callable[[], Any]) -> None:
    """Fit the emulator's SNS.

    Parameters
    ----------
    sns
        Its module.
    ses
        Returns the module of SES, which is loaded when an e-mail is sent.
    """
    fan_out = sns._fanout

    def fan_out_with_mail(
        topic: str, id_: str, message: str, subject: str, structure: str = "", attributes: Any = None, **more: Any
    ) -> None:
        fan_out(topic, id_, message, subject, structure, attributes, **more)
        for subscription in (sns._topic_by_arn_any_scope(topic) or {"subscriptions": ()})["subscriptions"]:
            if subscription.get("protocol") not in _PROTOCOLS or not subscription.get("confirmed"):
                continue
            text = sns._resolve_message_for_protocol(message, structure, subscription["protocol"])
            if not sns._matches_filter_policy(subscription, attributes or {}, text):
                continue
            if subscription["protocol"] == "email-json":
                text = sns._build_envelope(topic, id_, text, subject, attributes or {}, False)
            ses()._record_send(SENDER, [subscription["endpoint"]], subject=subject or SUBJECT, body_text=text)

    sns._fanout = fan_out_with_mail
