"""Wall clocks: the time zones there are, and what a clock on the wall shows in them.

The names are those of the IANA time zone database, as EventBridge Scheduler takes them:
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#time-zones. Lambda's images need not have it:
``tzdata`` is imported so that it is shipped.
"""

import functools
from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata


@functools.cache
def names() -> frozenset[str]:
    """Return the names of all time zones."""
    return frozenset((resources.files(tzdata) / "zones").read_text(encoding="ascii").split())


def instant(local: datetime, zone: str) -> datetime:
    """Return the moment, in UTC, at which a clock on the wall shows a time.

    Of a time that it shows twice, on the night the clocks go back, it is the first. A time that it never shows, on the
    night they go forward, counts as if they had not: 02:30 is what the clock shows as 03:30.

    Examples
    --------
    >>> instant(datetime(2026, 12, 1, 9), "Europe/Berlin").isoformat()
    '2026-12-01T08:00:00+00:00'
    """
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def wall(moment: datetime, zone: str) -> datetime:
    """Return what a clock on the wall shows at a moment.

    Examples
    --------
    >>> wall(datetime(2026, 12, 1, 8, tzinfo=UTC), "Europe/Berlin").isoformat()
    '2026-12-01T09:00:00'
    """
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def shown(local: datetime, zone: str) -> bool:
    """Return whether a clock on the wall ever shows a time.

    Examples
    --------
    >>> shown(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")
    False
    """
    return wall(instant(local, zone), zone) == local


def later(moment: datetime, zone: str, by: timedelta) -> datetime:
    """Return what a clock on the wall shows when it has moved on from a moment: a day later it is the same hour.

    Examples
    --------
    >>> later(datetime(2026, 10, 24, 8, tzinfo=UTC), "Europe/Berlin", timedelta(days=1)).isoformat()
    '2026-10-25T10:00:00'
    """
    return wall(instant(wall(moment, zone) + by, zone), zone)
