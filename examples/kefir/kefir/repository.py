"""The access patterns of the single table.

Refusals of the table come as ``NotFoundError`` and ``ConflictError``: see ``cumulo.runtime.errors``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cumulo.runtime.errors import NotFoundError
from cumulo.runtime.keys import Key
from cumulo.runtime.linked import Table
from cumulo.runtime.repository import Page, Repository
from kefir import keys
from kefir.ids import new_id
from kefir.models import Batch, BatchChanges, Event, NewBatch, NewEvent
from kefir.reminders import StoredReminder

HIDDEN: Mapping[str, None] = {"GSI1PK": None, "GSI1SK": None}


class Batches:
    """Batches: by id, a user's with the newest first, and shared ones by id alone."""

    def __init__(self, table: Table) -> None:
        self._batches = Repository(table, load=Batch.model_validate, dump=Batch.model_dump, entity="batch")

    def create(self, user: str, new: NewBatch) -> Batch:
        """Store a new batch."""
        now = datetime.now(UTC)
        batch = Batch(id=new_id(), version=1, created_at=now, updated_at=now, **new.model_dump())
        public = {keys.INDEX: keys.public(batch.id)} if batch.shared else {}
        return self._batches.create(keys.batch(user, batch.id), batch, indexes=public)

    def get(self, user: str, batch_id: str) -> Batch:
        """Return a batch."""
        return self._batches.get(keys.batch(user, batch_id))

    def of(self, user: str, *, limit: int, start: Mapping[str, Any] | None) -> Page[Batch]:
        """Return a page of a user's batches, the newest first."""
        return self._batches.query(keys.user(user), prefix=keys.batches(), limit=limit, start=start)

    def shared(self, batch_id: str) -> Batch:
        """Return a batch that is shared, whoever has it."""
        found = self._batches.query(keys.public(batch_id).partition, index=keys.INDEX, limit=1).items
        if not found:
            raise NotFoundError("There is no batch of that id")
        return found[0]

    def change(self, user: str, batch_id: str, changes: BatchChanges, *, version: int | None) -> Batch:
        """Change some fields of a batch; a conflict when a version is named and it has another by now."""
        hidden = HIDDEN if changes.shared is False else {}
        return self._batches.update(
            keys.batch(user, batch_id),
            {**changes.fields(), **hidden, "updated_at": datetime.now(UTC)},
            increase={"version": 1},
            indexes={keys.INDEX: keys.public(batch_id)} if changes.shared else {},
            expect={"version": version} if version is not None else {},
        )

    def delete(self, user: str, batch_id: str) -> None:
        """Delete a batch, but nothing that belongs to it."""
        self._batches.delete(keys.batch(user, batch_id))


class Events:
    """What was done with a batch, the newest first."""

    def __init__(self, table: Table) -> None:
        self._events = Repository(table, load=Event.model_validate, dump=Event.model_dump, entity="event")

    def add(self, user: str, batch_id: str, new: NewEvent) -> Event:
        """Store a new event."""
        event = Event(id=new_id(), **new.model_dump())
        return self._events.create(keys.part("EVENT", user, batch_id, event.id), event)

    def of(self, user: str, batch_id: str, *, limit: int = 100) -> list[Event]:
        """Return the newest events of a batch."""
        return self._events.query(keys.user(user), prefix=keys.parts("EVENT", batch_id), limit=limit).items

    def delete_all(self, user: str, batch_id: str) -> None:
        """Delete the events of a batch."""
        while events := self.of(user, batch_id):
            for event in events:
                self._events.delete(keys.part("EVENT", user, batch_id, event.id))


class Reminders:
    """The reminders of a batch."""

    def __init__(self, table: Table) -> None:
        self._reminders = Repository(
            table,
            load=StoredReminder.model_validate,
            dump=lambda reminder: reminder.model_dump(mode="json"),
            entity="reminder",
        )

    def create(self, reminder: StoredReminder) -> StoredReminder:
        """Store a new reminder; a conflict when there is one of that id."""
        return self._reminders.create(self._key(reminder), reminder)

    def get(self, user: str, batch_id: str, reminder_id: str) -> StoredReminder:
        """Return a reminder as it was written last."""
        return self._reminders.get(keys.part("REMINDER", user, batch_id, reminder_id), consistent=True)

    def of(self, user: str, batch_id: str) -> list[StoredReminder]:
        """Return the reminders of a batch: there are no more than ``reminders.MOST``."""
        return self._reminders.query(keys.user(user), prefix=keys.parts("REMINDER", batch_id), limit=100).items

    def renew(self, reminder: StoredReminder) -> StoredReminder:
        """Have a reminder that is there come again, if it was sent: its batch may have been moved since."""
        return self._reminders.update(
            self._key(reminder), {"at": reminder.at.isoformat(), "email": reminder.email, "sent_at": None}
        )

    def move(self, reminder: StoredReminder, at: datetime) -> None:
        """Have a reminder at another time."""
        self._reminders.update(self._key(reminder), {"at": at.isoformat()})

    def claim(self, reminder: StoredReminder, lease: timedelta) -> None:
        """Say that its mail is being sent now; a conflict when another has said so meanwhile."""
        self._reminders.update(
            self._key(reminder),
            {"claimed_until": datetime.now(UTC) + lease},
            increase={"attempts": 1},
            expect={"attempts": reminder.attempts},
        )

    def release(self, reminder: StoredReminder) -> None:
        """Say that its mail was not sent."""
        self._reminders.update(self._key(reminder), {"claimed_until": None})

    def sent(self, reminder: StoredReminder) -> None:
        """Say that its mail was sent."""
        self._reminders.update(self._key(reminder), {"claimed_until": None, "sent_at": datetime.now(UTC)})

    def delete(self, user: str, batch_id: str, reminder_id: str) -> None:
        """Delete a reminder."""
        self._reminders.delete(keys.part("REMINDER", user, batch_id, reminder_id))

    @staticmethod
    def _key(reminder: StoredReminder) -> Key:
        return keys.part("REMINDER", reminder.user, reminder.batch, reminder.id)
