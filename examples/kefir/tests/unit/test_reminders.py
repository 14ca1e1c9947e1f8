"""Which reminders are the same, and where they go when their batch moves."""

from datetime import UTC, datetime, timedelta

import pytest
from kefir.models import Batch, NewReminder, Step
from kefir.reminders import StoredReminder

ZONE = "Europe/Berlin"


def batch(started_at, batch_id="B1"):
    return Batch(
        id=batch_id,
        name="Mild",
        milk="cow",
        started_at=started_at,
        shared=False,
        version=1,
        created_at=started_at,
        updated_at=started_at,
    )


def wanted(at, zone=ZONE, step=Step.STRAIN):
    return NewReminder.model_construct(step=step, zone=zone, at=at)


def make(the_batch, new):
    return StoredReminder.make("u1", "ada@example.org", the_batch, new)


@pytest.fixture
def mild():
    return batch(datetime(2026, 3, 27, 18, 7, 9, 123456, tzinfo=UTC))


def test_the_same_reminder_has_the_same_id(mild):
    at = datetime(2026, 3, 30, 9)
    assert make(mild, wanted(at)).id == make(mild, wanted(at)).id
    others = [
        make(mild, wanted(at + timedelta(minutes=1))),
        make(mild, wanted(at, zone="Europe/Paris")),
        make(mild, wanted(at, step=Step.FEED)),
        make(batch(mild.started_at, "B2"), wanted(at)),
    ]
    assert len({make(mild, wanted(at)).id, *(other.id for other in others)}) == 5


def test_it_is_the_same_when_it_has_moved_with_its_batch(mild):
    reminder = make(mild, wanted(datetime(2026, 3, 28, 9)))
    moved = batch(mild.started_at + timedelta(days=2, hours=-1))  # the clocks have gone forward in between
    at = reminder.moved(moved.started_at)
    assert at == datetime(2026, 3, 30, 9)
    assert make(moved, wanted(at)).id == reminder.id


def test_users_do_not_see_what_only_the_system_needs(mild):
    view = make(mild, wanted(datetime(2026, 3, 30, 9))).view()
    assert set(view.model_dump()) == {"id", "step", "zone", "at", "sent_at"}


def test_it_is_pending_until_it_was_sent_or_its_time_is_over(mild):
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
    coming = make(mild, wanted(soon, zone="UTC"))
    assert coming.is_pending()
    assert not coming.model_copy(update={"sent_at": datetime.now(UTC)}).is_pending()
    assert not make(mild, wanted(soon - timedelta(hours=2), zone="UTC")).is_pending()
