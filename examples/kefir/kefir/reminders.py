"""What a reminder is, and which two are the same."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Self

from cumulo.runtime.keys import key
from kefir import zones
from kefir.models import Batch, NewReminder, Reminder

MOST = 20


class StoredReminder(Reminder):
    """A reminder, with what only the system needs to know of it.

    Its time counts from the batch's start, on the clock on the user's wall. So it moves with the batch, and still comes
    at nine in the morning when the clocks have changed in between.
    """

    user: str
    email: str
    batch: str
    after: int
    attempts: int = 0
    claimed_until: datetime | None = None

    @classmethod
    def make(cls, user: str, email: str, batch: Batch, new: NewReminder) -> Self:
        """Return a new reminder.

        Its id is made of what it says, so asking twice for the same reminder gives the same id, and there is one.
        """
        after = round((new.at - zones.wall(_start(batch.started_at), new.zone)).total_seconds())
        said = key("REMINDER", batch.id, new.step, new.zone, after)
        return cls(
            id=hashlib.sha256(said.encode()).hexdigest()[:32],
            step=new.step,
            zone=new.zone,
            at=new.at,
            user=user,
            email=email,
            batch=batch.id,
            after=after,
        )

    def moved(self, started_at: datetime) -> datetime:
        """Return its time when the batch starts at another time."""
        return zones.later(_start(started_at), self.zone, timedelta(seconds=self.after))

    def is_pending(self) -> bool:
        """Return whether it is still to come."""
        return self.sent_at is None and zones.instant(self.at, self.zone) > datetime.now(UTC)

    def view(self) -> Reminder:
        """Return what its user sees of it."""
        return Reminder(id=self.id, step=self.step, zone=self.zone, at=self.at, sent_at=self.sent_at)


def _start(started_at: datetime) -> datetime:
    """Return when a batch starts, in whole seconds, as those between it and a reminder are."""
    return started_at.replace(microsecond=0)
