"""Sends the mail of a reminder when EventBridge Scheduler says that it is time.

It may say so twice, and Lambda tries again when this failed
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). There is one mail: who sends it
claims the reminder in the table first, and a claim is made on the condition that nobody else has made one. It runs
out, in case its holder died with it; who dies right between the mail and the note that it was sent leaves a second mail
rather than none.
"""

from datetime import UTC, datetime, timedelta
from typing import TypedDict

from aws_lambda_powertools import Logger
from kefir.mails import reminder_mail
from kefir.repository import Batches, Reminders

from cumulo.runtime import linked
from cumulo.runtime.errors import NotFoundError

LEASE = timedelta(seconds=45)  # longer than the function may run, and shorter than until the next try

logger = Logger()
table = linked.table("table")
batches, reminders = Batches(table), Reminders(table)
sender = linked.email("sender")


class Payload(TypedDict):
    """What a reminder's schedule passes on."""

    user: str
    batch: str
    reminder: str


class ClaimedError(Exception):
    """Another is sending this mail just now; whether it will succeed is not known, so ask again later."""


def handler(event: Payload, context: object) -> None:  # noqa: ARG001 - Lambda passes both
    """Send the mail of a reminder, unless it was sent or the reminder is gone."""
    logger.append_keys(reminder=event["reminder"], batch=event["batch"])
    try:
        batch = batches.get(event["user"], event["batch"])
        reminder = reminders.get(event["user"], event["batch"], event["reminder"])
    except NotFoundError:
        logger.info("the reminder is gone")
        return
    if reminder.sent_at:
        logger.info("the mail was sent already")
        return
    if reminder.claimed_until and reminder.claimed_until > datetime.now(UTC):
        raise ClaimedError
    reminders.claim(reminder, LEASE)
    mail = reminder_mail(batch.name, reminder.step)
    try:
        sender.send(to=reminder.email, subject=mail.subject, text=mail.text, html=mail.html)
    except Exception:
        reminders.release(reminder)
        raise
    reminders.sent(reminder)
    logger.info("the mail was sent")
