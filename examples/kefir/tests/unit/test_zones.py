"""Wall clocks, above all on the nights when they are changed."""

from datetime import UTC, datetime, timedelta

import pytest
from kefir import zones

BERLIN = "Europe/Berlin"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_the_zones_of_the_iana_database_are_known():
    assert {BERLIN, "Asia/Kolkata", "America/Argentina/Ushuaia", "UTC"} <= zones.names()
    assert not {"Europe", "Mars/Olympus", "localtime", "../etc/passwd", ""} & zones.names()


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        (datetime(2026, 7, 1, 9), BERLIN, utc(2026, 7, 1, 7)),
        (datetime(2026, 12, 1, 9), BERLIN, utc(2026, 12, 1, 8)),
        (datetime(2026, 12, 1, 9), "Asia/Kolkata", utc(2026, 12, 1, 3, 30)),
        (datetime(2026, 10, 25, 2, 30), BERLIN, utc(2026, 10, 25, 0, 30)),  # twice: the first
        (datetime(2026, 3, 29, 2, 30), BERLIN, utc(2026, 3, 29, 1, 30)),  # never: as if the clocks had stayed
    ],
)
def test_a_time_on_the_wall_is_a_moment(local, zone, expected):
    assert zones.instant(local, zone) == expected


def test_times_in_the_gap_are_never_shown():
    in_the_gap = [datetime(2026, 3, 29, 2, minute) for minute in (0, 30, 59)]
    beside_it = [datetime(2026, 3, 29, 1, 59), datetime(2026, 3, 29, 3, 0), datetime(2026, 10, 25, 2, 30)]
    assert not any(zones.shown(time, BERLIN) for time in in_the_gap)
    assert all(zones.shown(time, BERLIN) for time in beside_it)
    assert zones.shown(in_the_gap[1], "UTC")


def test_days_on_the_wall_are_days_even_when_the_clocks_change():
    started = zones.instant(datetime(2026, 10, 24, 9), BERLIN)
    assert zones.later(started, BERLIN, timedelta(days=1)) == datetime(2026, 10, 25, 9)
    assert zones.later(started, BERLIN, timedelta(days=-1, hours=2)) == datetime(2026, 10, 23, 11)


def test_who_would_land_in_the_gap_lands_behind_it():
    started = zones.instant(datetime(2026, 3, 28, 2, 30), BERLIN)
    assert zones.later(started, BERLIN, timedelta(days=1)) == datetime(2026, 3, 29, 3, 30)
