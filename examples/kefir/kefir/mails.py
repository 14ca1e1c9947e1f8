"""What mails say, as text and as HTML."""

from dataclasses import dataclass

from kefir.models import Step
from kefir.rendering import as_html, as_text

TASKS = {Step.FEED: "feed the grains", Step.STRAIN: "strain it"}


@dataclass(frozen=True)
class Mail:
    """A mail, without its sender and receiver. Its representation shows nothing of it."""

    subject: str
    text: str
    html: str

    def __repr__(self) -> str:
        return "Mail(…)"


def code_mail(digits: str, minutes: int) -> Mail:
    """Return the mail that brings a one-time code. Its subject does not show it: phones show subjects when locked."""
    values = {"digits": digits, "minutes": minutes}
    return Mail("Your code for Kefir", as_text("code.txt", **values), as_html("code.html", **values))


def reminder_mail(batch: str, step: Step) -> Mail:
    """Return the mail that reminds of a batch."""
    values = {"batch": batch, "task": TASKS[step]}
    return Mail(
        f"{batch}: time to {TASKS[step]}", as_text("reminder.txt", **values), as_html("reminder.html", **values)
    )
