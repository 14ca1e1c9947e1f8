"""AWS's cron expressions: six fields, with ``L``, ``W``, ``#``, ``?``, names, ranges and steps.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

FIRST_YEAR, LAST_YEAR = 1970, 2199

_MONTHS = {
    "JAN": 1,
    "FEB": 2,
    "MAR": 3,
    "APR": 4,
    "MAY": 5,
    "JUN": 6,
    "JUL": 7,
    "AUG": 8,
    "SEP": 9,
    "OCT": 10,
    "NOV": 11,
    "DEC": 12,
}
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_SATURDAY = 7
_TERM = re.compile(r"(?P<first>\*|\w+)(-(?P<last>\w+))?(/(?P<step>\d+))?")


@dataclass(frozen=True)
class Days:
    """Which days of a month: by their number, or by their weekday, 1 for Sunday to 7 for Saturday.

    Parameters
    ----------
    numbers
        Days of the month.
    last, last_workday
        The last day (``L``), and the last from Monday to Friday (``LW``).
    nearest
        The day from Monday to Friday that is nearest to these, in the same month (``15W``).
    weekdays
        Weekdays.
    last_weekdays
        The last of these weekdays in the month (``6L``).
    nth
        Weekday and which of them in the month: ``(6, 3)`` is the third Friday (``6#3``).
    """

    numbers: frozenset[int] = frozenset()
    last: bool = False
    last_workday: bool = False
    nearest: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    last_weekdays: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()

    def of(self, year: int, month: int) -> list[int]:
        """Return the days of one month, in order.

        Examples
        --------
        >>> Days(last_workday=True).of(2026, 1), Days(nth=frozenset({(6, 3)})).of(2026, 1)
        ([30], [16])
        """
        length = monthrange(year, month)[1]
        found = {day for day in self.numbers if day <= length}
        found |= {_workday(year, month, day, length) for day in self.nearest if day <= length}
        if self.last:
            found.add(length)
        if self.last_workday:
            found.add(_workday(year, month, length, length))
        if self.weekdays or self.last_weekdays or self.nth:
            found |= {day for day in range(1, length + 1) if self._has_weekday(year, month, day, length)}
        return sorted(found)

    def _has_weekday(self, year: int, month: int, day: int, length: int) -> bool:
        weekday = _weekday(year, month, day)
        return (
            weekday in self.weekdays
            or (weekday in self.last_weekdays and day + 7 > length)
            or (weekday, (day + 6) // 7) in self.nth
        )


@dataclass(frozen=True)
class Cron:
    """A cron expression: the minutes, hours, months and years, in order, and the days of a month."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: tuple[int, ...]

    def times(self, since: datetime) -> Iterator[datetime]:
        """Yield the times that match, in order, from one on; local times without a zone.

        Parameters
        ----------
        since
            The first time that may be yielded.

        Examples
        --------
        >>> next(parse("0 9 ? * MON-FRI *").times(datetime(2026, 1, 3)))
        datetime.datetime(2026, 1, 5, 9, 0)
        """
        today = since.date()
        for day in self._days(today):
            for hour in self.hours:
                if day == today and hour < since.hour:
                    continue
                for minute in self.minutes:
                    time = datetime(day.year, day.month, day.day, hour, minute)
                    if time >= since:
                        yield time

    def _days(self, since: date) -> Iterator[date]:
        for year in self.years:
            for month in self.months:
                if (year, month) >= (since.year, since.month):
                    days = (date(year, month, day) for day in self.days.of(year, month))
                    yield from (day for day in days if day >= since)


def parse(fields: str) -> Cron:
    """Read what stands between the brackets of ``cron(…)``.

    Parameters
    ----------
    fields
        Minutes, hours, day of month, month, day of week and year.

    Raises
    ------
    ValueError
        When it is no such expression.

    Examples
    --------
    >>> parse("0/20 9 L * ? 2026").minutes
    (0, 20, 40)
    """
    parts = fields.upper().split()
    if len(parts) != 6:
        raise ValueError(f"a cron expression has six fields, not {len(parts)}")
    minutes, hours, day, month, weekday, year = parts
    if (day == "?") == (weekday == "?"):
        raise ValueError("one of day-of-month and day-of-week is ?, the other is not")
    return Cron(
        tuple(sorted(_numbers(minutes, 0, 59))),
        tuple(sorted(_numbers(hours, 0, 23))),
        _days_of_month(day) if weekday == "?" else _days_of_week(weekday),
        tuple(sorted(_numbers(month, 1, 12, _MONTHS))),
        tuple(sorted(_numbers(year, FIRST_YEAR, LAST_YEAR))),
    )


def _days_of_month(field: str) -> Days:
    terms = field.split(",")
    plain = [term for term in terms if term not in ("L", "LW") and not term.endswith("W")]
    nearest = [term[:-1] for term in terms if term.endswith("W") and term != "LW"]
    return Days(
        numbers=_union(_numbers(term, 1, 31) for term in plain),
        last="L" in terms,
        last_workday="LW" in terms,
        nearest=frozenset(_number(term, 1, 31, {}) for term in nearest),
    )


def _days_of_week(field: str) -> Days:
    terms = field.split(",")
    if "/" in field:
        raise ValueError("there are no steps in day-of-week")
    nth = [term.split("#") for term in terms if term.count("#") == 1]
    last = [term[:-1] for term in terms if term.endswith("L") and term != "L"]
    plain = [term for term in terms if "#" not in term and not term.endswith("L")]
    if len(nth) + len(last) + len(plain) + terms.count("L") != len(terms):
        raise ValueError(f"{field} is no day-of-week")
    numbers = _union(_numbers(term, 1, 7, _WEEKDAYS) for term in plain)
    return Days(
        weekdays=numbers | ({_SATURDAY} if "L" in terms else frozenset()),
        last_weekdays=frozenset(_number(term, 1, 7, _WEEKDAYS) for term in last),
        nth=frozenset((_number(day, 1, 7, _WEEKDAYS), _number(which, 1, 5, {})) for day, which in nth),
    )


def _numbers(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    return _union(_term(term, low, high, names or {}) for term in field.split(","))


def _term(term: str, low: int, high: int, names: Mapping[str, int]) -> frozenset[int]:
    match = _TERM.fullmatch(term)
    if match is None or (match["first"] == "*" and match["last"]):
        raise ValueError(f"{term} is not understood")
    step = int(match["step"] or 1)
    if step < 1:
        raise ValueError("a step is 1 or more")
    first = low if match["first"] == "*" else _number(match["first"], low, high, names)
    if match["last"]:
        last = _number(match["last"], low, high, names)
    else:
        last = high if match["first"] == "*" or match["step"] else first
    if first <= last:
        return frozenset(range(first, last + 1, step))
    if low == FIRST_YEAR:
        raise ValueError(f"{term} ends before it begins")
    # FRI-MON, NOV-FEB, 22-2: over the end and on from the beginning.
    return frozenset([*range(first, high + 1), *range(low, last + 1)][::step])


def _number(text: str, low: int, high: int, names: Mapping[str, int]) -> int:
    number = names.get(text) or (int(text) if text.isdecimal() and text.isascii() else -1)
    if not low <= number <= high:
        raise ValueError(f"{text} is not from {low} to {high}")
    return number


def _union(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*sets)


def _weekday(year: int, month: int, day: int) -> int:
    return date(year, month, day).isoweekday() % 7 + 1


def _workday(year: int, month: int, day: int, length: int) -> int:
    """Return the day from Monday to Friday that is nearest, without leaving the month."""
    weekday = date(year, month, day).isoweekday()
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 7:
        return day + 1 if day < length else day - 2
    return day
