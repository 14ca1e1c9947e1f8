"""What concerns a batch and more than the table: its photos and the schedules of its reminders.

Each of these has several steps, and may stop after any of them. They are in such an order, and each is such, that doing
all again puts it right.
"""

import contextlib
from datetime import UTC, datetime

from aws_lambda_powertools.event_handler.exceptions import BadRequestError

from cumulo.runtime.errors import ConflictError, NotFoundError
from cumulo.runtime.schedules import Schedules
from kefir import zones
from kefir.callers import Caller
from kefir.models import Batch, BatchChanges, NewReminder
from kefir.photos import Photos
from kefir.reminders import MOST, StoredReminder
from kefir.repository import Batches, Events, Reminders


class Reminding:
    """Reminders and their schedules: one for each that is to come."""

    def __init__(self, reminders: Reminders, schedules: Schedules) -> None:
        self._reminders = reminders
        self._schedules = schedules

    def add(self, caller: Caller, batch: Batch, new: NewReminder) -> tuple[StoredReminder, bool]:
        """Add a reminder; return it, and whether it was not there before."""
        wanted = StoredReminder.make(caller.id, caller.email, batch, new)
        there = {reminder.id for reminder in self._reminders.of(caller.id, batch.id)}
        if wanted.id not in there and len(there) >= MOST:
            raise ConflictError(f"A batch has at most {MOST} reminders")
        try:
            reminder, is_new = self._reminders.create(wanted), True
        except ConflictError:
            reminder, is_new = self._reminders.renew(wanted), False
        self._schedule(reminder, reminder.at)
        return reminder, is_new

    def remove(self, user: str, batch_id: str, reminder_id: str) -> None:
        """Remove a reminder."""
        self._reminders.get(user, batch_id, reminder_id)
        self._schedules.remove(reminder_id)
        self._reminders.delete(user, batch_id, reminder_id)

    def remove_all(self, user: str, batch_id: str) -> None:
        """Remove the reminders of a batch."""
        for reminder in self._reminders.of(user, batch_id):
            with contextlib.suppress(NotFoundError):  # removed meanwhile
                self.remove(user, batch_id, reminder.id)

    def check_move(self, user: str, batch_id: str, started_at: datetime) -> None:
        """Refuse a start of a batch that would have a reminder in the past."""
        now = datetime.now(UTC)
        for reminder in self._pending(user, batch_id):
            if zones.instant(reminder.moved(started_at), reminder.zone) <= now:
                raise BadRequestError("A reminder would be in the past: delete it first")

    def move(self, user: str, batch_id: str, started_at: datetime) -> None:
        """Move the reminders that are to come with their batch."""
        for reminder in self._pending(user, batch_id):
            at = reminder.moved(started_at)
            self._reminders.move(reminder, at)
            self._schedule(reminder, at)

    def _pending(self, user: str, batch_id: str) -> list[StoredReminder]:
        return [reminder for reminder in self._reminders.of(user, batch_id) if reminder.is_pending()]

    def _schedule(self, reminder: StoredReminder, at: datetime) -> None:
        payload = {"user": reminder.user, "batch": reminder.batch, "reminder": reminder.id}
        self._schedules.put(reminder.id, at=at, zone=reminder.zone, payload=payload)


def change(batches: Batches, reminding: Reminding, user: str, batch_id: str, changes: BatchChanges) -> Batch:
    """Change a batch, and move its reminders when it starts at another time."""
    if "started_at" not in changes.model_fields_set:
        return batches.change(user, batch_id, changes, version=changes.version)
    # Nobody may move it between the check of its reminders and the move.
    version = batches.get(user, batch_id).version if changes.version is None else changes.version
    reminding.check_move(user, batch_id, changes.started_at)
    batch = batches.change(user, batch_id, changes, version=version)
    reminding.move(user, batch_id, batch.started_at)
    return batch


def discard(batches: Batches, events: Events, reminding: Reminding, photos: Photos, user: str, batch_id: str) -> None:
    """Delete a batch and all that belongs to it; the batch itself last, so that it can be tried again."""
    batches.get(user, batch_id)
    reminding.remove_all(user, batch_id)
    photos.delete_all(batch_id)
    events.delete_all(user, batch_id)
    batches.delete(user, batch_id)
