"""When a schedule is due: EventBridge Scheduler's expressions ``rate(…)``, ``cron(…)`` and ``at(…)``.

Pure functions of time, so that what is declared can be judged before anything runs.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from cumulo.model import cron
from cumulo.model.cron import Cron

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"rate\(([1-9]\d{0,8}) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.+)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")


@dataclass(frozen=True)
class Rate:
    """Every so many seconds. A day is 24 hours, however long the day is by the clocks."""

    seconds: int


@dataclass(frozen=True)
class At:
    """Once, at a local time."""

    time: datetime


Expression = Rate | Cron | At


@dataclass(frozen=True)
class Timing:
    """When a schedule is due.

    Parameters
    ----------
    expression
        Rate, cron or at.
    zone
        Where local times are those of; for cron and at.
    created
        When the schedule was made, in seconds since the epoch: a rate without a start begins then.
    start, end
        Between which times a recurring schedule is due, both included; a one-time schedule ignores them.
    """

    expression: Expression
    zone: tzinfo
    created: float
    start: float | None = None
    end: float | None = None

    @property
    def once(self) -> bool:
        """Whether it is due one time only."""
        return isinstance(self.expression, At)

    def next(self, after: float) -> float | None:
        """Return the first time after a moment at which it is due; ``None`` when there is none.

        A local time that the clocks skip is no time for a cron expression, and one that they show twice counts the
        first time only. A one-time schedule in the skipped hour, of which the documentation says nothing, is due as
        long after the last time before the gap as it says: 02:30 is 03:30.
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time

        Parameters
        ----------
        after
            Seconds since the epoch.

        Examples
        --------
        >>> timing = Timing(parse("cron(30 2 * * ? *)"), zone("Europe/Berlin"), created=0)
        >>> night_before = datetime(2026, 3, 28, 12, tzinfo=timing.zone).timestamp()
        >>> str(datetime.fromtimestamp(timing.next(night_before), timing.zone))
        '2026-03-30 02:30:00+02:00'
        """
        if isinstance(self.expression, At):
            time = self.expression.time.replace(tzinfo=self.zone).timestamp()
            return time if time > after else None
        if self.start is not None:
            after = max(after, self.start - 1e-3)
        found = self._rate(self.expression, after) if isinstance(self.expression, Rate) else self._cron(after)
        return None if found is None or (self.end is not None and found > self.end) else found

    def _rate(self, rate: Rate, after: float) -> float:
        first = float(math.floor(self.created) + 1) if self.start is None else self.start
        return first + max(0, math.floor((after - first) / rate.seconds) + 1) * rate.seconds

    def _cron(self, after: float) -> float | None:
        assert isinstance(self.expression, Cron)  # noqa: S101 (for the type checker)
        since = datetime.fromtimestamp(after, self.zone).replace(tzinfo=None, second=0, microsecond=0, fold=0)
        for time in self.expression.times(since):
            found = time.replace(tzinfo=self.zone).timestamp()
            shown = datetime.fromtimestamp(found, self.zone).replace(tzinfo=None)
            if found > after and shown == time:
                return found
        return None


@functools.lru_cache(maxsize=1024)
def parse(expression: str) -> Expression:
    """Read a schedule expression.

    Parameters
    ----------
    expression
        ``"rate(5 minutes)"``, ``"cron(0 9 ? * MON-FRI *)"`` or ``"at(2026-12-01T09:00:00)"``.

    Raises
    ------
    ValueError
        When it is none, with the reason where there is more to say than that.

    Examples
    --------
    >>> parse("rate(5 minutes)")
    Rate(seconds=300)
    """
    if match := _RATE.fullmatch(expression):
        return Rate(int(match[1]) * _UNITS[match[2]])
    if match := _CRON.fullmatch(expression):
        return cron.parse(match[1])
    if match := _AT.fullmatch(expression):
        return At(datetime.fromisoformat(match[1]))
    raise ValueError("it is rate(value unit), cron(fields) or at(yyyy-mm-ddThh:mm:ss)")


@functools.lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """Return a zone of the IANA time zone database.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # also names that are folders of the database, or lead out of it
        raise ValueError(f"there is no time zone {name!r}") from None
