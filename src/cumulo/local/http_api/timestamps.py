"""The dates that every request carries, formatted once a second."""

from __future__ import annotations

from email.utils import formatdate
from time import gmtime
from typing import NamedTuple

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Stamp(NamedTuple):
    """A second: as the common log format writes it, and as HTTP's ``date`` header does."""

    clf: str
    http: bytes


class Stamps:
    """Formats times, remembering the current second.

    Examples
    --------
    >>> Stamps().at(1583953438.0).clf
    '11/Mar/2020:19:03:58 +0000'
    """

    __slots__ = ("_second", "_stamp")

    def __init__(self) -> None:
        self._second = -1
        self._stamp = Stamp("", b"")

    def at(self, time: float) -> Stamp:
        """Return the stamp of a time in seconds since the epoch."""
        second = int(time)
        if second != self._second:
            t = gmtime(second)
            date = f"{t.tm_mday:02}/{_MONTHS[t.tm_mon - 1]}/{t.tm_year:04}"
            clf = f"{date}:{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} +0000"
            self._stamp = Stamp(clf, formatdate(second, usegmt=True).encode())
            self._second = second
        return self._stamp
