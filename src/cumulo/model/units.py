"""Units of time, so that ``timeout=seconds(30)`` says what it means."""

from __future__ import annotations

from datetime import timedelta


def seconds(number: float) -> timedelta:
    """Return a duration in seconds.

    Examples
    --------
    >>> seconds(30).total_seconds()
    30.0
    """
    return timedelta(seconds=number)


def minutes(number: float) -> timedelta:
    """Return a duration in minutes.

    Examples
    --------
    >>> minutes(5).total_seconds()
    300.0
    """
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    """Return a duration in hours.

    Examples
    --------
    >>> hours(1).total_seconds()
    3600.0
    """
    return timedelta(hours=number)


def days(number: float) -> timedelta:
    """Return a duration in days.

    Examples
    --------
    >>> days(14).days
    14
    """
    return timedelta(days=number)
