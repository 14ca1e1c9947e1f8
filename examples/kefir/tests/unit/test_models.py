from datetime import UTC, datetime, timedelta

import pytest
from kefir import models
from kefir.models import BatchChanges, NewAccount, NewBatch, NewEvent, NewPhoto, NewReminder
from pydantic import ValidationError

BATCH = {"name": "Mild one", "milk": "goat"}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REMINDER = {"step": "strain", "zone": "Europe/Berlin", "at": "2026-03-02T09:00"}


class Noon(datetime):
    """A day on which it always is noon."""

    @classmethod
    def now(cls, tz=None):
        return NOW.astimezone(tz)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(models, "datetime", Noon)


def fields(error):
    return {".".join(str(part) for part in found["loc"]): found["type"] for found in error.value.errors()}


def test_a_new_batch_starts_now_and_is_private():
    batch = NewBatch(**BATCH)
    assert (batch.started_at, batch.shared, batch.notes) == (NOW, False, None)


def test_times_are_kept_in_utc():
    assert NewBatch(**BATCH, startedAt="2026-02-01T12:00:00+05:30").started_at == datetime(
        2026, 2, 1, 6, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 81},
        {"name": "a\nb"},
        {"name": "a\u2028b"},
        {"milk": "beer"},
        {"startedAt": "2026-03-01T12:00:00"},
        {"startedAt": "0001-01-01T00:00:00+14:00"},
        {"startedAt": "9999-12-31T23:59:59-14:00"},
        {"notes": "x" * 2001},
        {"notes": "a\u0000b"},
        {"shared": "perhaps"},
        {"owner": "someone else"},
        {"version": 7},
    ],
)
def test_a_batch_that_is_wrong_is_refused(wrong):
    with pytest.raises(ValidationError):
        NewBatch(**{**BATCH, **wrong})


def test_changes_are_only_what_was_sent():
    assert BatchChanges.model_validate({"notes": None, "version": 3}).fields() == {"notes": None}


@pytest.mark.parametrize("wrong", [{}, {"version": 3}, {"name": None}, {"startedAt": None}, {"id": "other"}])
def test_changes_that_change_nothing_or_too_much_are_refused(wrong):
    with pytest.raises(ValidationError):
        BatchChanges.model_validate(wrong)


def test_an_event_is_now_and_a_note_has_text():
    assert NewEvent(step="feed").at == NOW
    with pytest.raises(ValidationError, match="Send the note"):
        NewEvent(step="note")


@pytest.mark.parametrize(
    ("size", "fits"), [(0, False), (1, True), (5 * 1024 * 1024, True), (5 * 1024 * 1024 + 1, False)]
)
def test_a_photo_has_at_most_5_mb(size, fits):
    if fits:
        assert NewPhoto(contentType="image/png", size=size).size == size
    else:
        with pytest.raises(ValidationError):
            NewPhoto(contentType="image/png", size=size)


@pytest.mark.parametrize("wrong", ["image/svg+xml", "text/html", "image/png; charset=x", "IMAGE/PNG", ""])
def test_other_types_are_no_photos(wrong):
    with pytest.raises(ValidationError):
        NewPhoto(contentType=wrong, size=1)


def test_a_reminder_is_in_the_time_of_its_user():
    assert NewReminder(**REMINDER).at == datetime(2026, 3, 2, 9)


@pytest.mark.parametrize(
    ("wrong", "field", "kind"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "no_zone"),
        ({"zone": "localtime"}, "zone", "no_zone"),
        ({"zone": "../../etc/passwd"}, "zone", "no_zone"),
        ({"at": "2026-03-01T12:59"}, "at", "past"),
        ({"at": "2026-03-01T13:00"}, "at", "past"),  # it is 13:00 in Berlin
        ({"at": "1970-01-01T00:00"}, "at", "not_near"),
        ({"at": "2027-03-03T13:00"}, "at", "not_near"),
        ({"at": "9999-12-31T23:59"}, "at", "not_near"),
        ({"at": "0001-01-01T00:00"}, "at", "not_near"),
        ({"at": "2026-03-29T02:30"}, "at", "no_such_time"),
        ({"at": "2026-03-02T09:00+01:00"}, "at", "timezone_naive"),
        ({"step": "note"}, "step", "literal_error"),
    ],
)
def test_a_reminder_that_cannot_come_is_refused(wrong, field, kind):
    with pytest.raises(ValidationError) as error:
        NewReminder(**{**REMINDER, **wrong})
    assert fields(error) == {field: kind}


def test_a_minute_from_now_is_not_too_late():
    assert NewReminder(**{**REMINDER, "at": "2026-03-01T13:01"}).at == datetime(2026, 3, 1, 13, 1)
    nearly_a_year = (NOW + timedelta(days=365)).replace(tzinfo=None)
    assert NewReminder(**{**REMINDER, "zone": "UTC", "at": nearly_a_year}).at == nearly_a_year


@pytest.mark.parametrize("address", ["ada@example.org", " Ada.L+kefir@Mail.Example.ORG ", "ä@example.org"])
def test_an_address_is_in_lower_case(address):
    assert NewAccount(email=address).email == address.strip().lower()


@pytest.mark.parametrize(
    "wrong",
    ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b", "a@b@c.org", f"{'a' * 250}@b.org", "a\n@b.org"],
)
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(ValidationError):
        NewAccount(email=wrong)
