"""Statistics over periods, as CloudWatch defines them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cumulo.errors import CumuloError

_SHORT_PERIODS = (1, 5, 10, 30)
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


@dataclass(frozen=True, slots=True)
class Datapoint:
    """The statistics of one period.

    Parameters
    ----------
    time
        When the period begins, in seconds since the epoch: a multiple of the period.
    values
        The value of each statistic asked for. Percentiles are missing when a value is negative, as on CloudWatch.
    unit
        The unit of the values.
    """

    time: float
    values: Mapping[str, float]
    unit: str


def aggregate(
    samples: Iterable[tuple[float, float, str]],
    *,
    start: float,
    end: float,
    period: int,
    statistics: Sequence[str],
) -> list[Datapoint]:
    """Gather samples into periods and compute statistics for each.

    Parameters
    ----------
    samples
        Time, value and unit of each, in any order.
    start, end
        From ``start``, rounded down to a multiple of the period, up to but not including ``end``.
    period
        Seconds: 1, 5, 10, 30 or a multiple of 60.
    statistics
        ``Sum``, ``Average``, ``Minimum``, ``Maximum``, ``SampleCount``, ``p0`` to ``p100``.

    Raises
    ------
    CumuloError
        When the period or a statistic is not one of CloudWatch's.

    Examples
    --------
    >>> aggregate([(61, 1, "Count"), (62, 3, "Count")], start=0, end=120, period=60, statistics=["Sum"])
    [Datapoint(time=60, values={'Sum': 4.0}, unit='Count')]
    """
    if period not in _SHORT_PERIODS and (period < 60 or period % 60):
        raise CumuloError(f"a period of {period} s is not allowed", hint="use 1, 5, 10, 30 or a multiple of 60")
    functions = {name: statistic(name) for name in statistics}
    first = _aligned(start, period)
    periods: dict[int, list[float]] = {}
    units: dict[int, str] = {}
    for time, value, unit in samples:
        if first <= time < end:
            begins = _aligned(time, period)
            periods.setdefault(begins, []).append(value)
            units.setdefault(begins, unit)
    return [
        Datapoint(begins, _computed(functions, sorted(values)), units[begins])
        for begins, values in sorted(periods.items())
    ]


def percentile(ordered: Sequence[float], rank: float) -> float:
    """Return a percentile of sorted values, interpolated linearly between the two closest.

    CloudWatch documents what a percentile means, not how it interpolates; for a few values the result may differ
    from its own.

    Examples
    --------
    >>> percentile([1, 2, 3, 4], 50)
    2.5
    """
    position = (len(ordered) - 1) * rank / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    share = position - below
    return ordered[below] * (1 - share) + ordered[above] * share


Statistic = Callable[[Sequence[float]], float | None]

_SIMPLE: Mapping[str, Statistic] = {
    "Sum": lambda values: math.fsum(values),
    "Average": lambda values: math.fsum(values) / len(values),
    "Minimum": lambda values: values[0],
    "Maximum": lambda values: values[-1],
    "SampleCount": lambda values: float(len(values)),
}


def statistic(name: str) -> Statistic:
    """Return what computes a statistic from sorted values, at least one; a percentile of negative ones is ``None``.

    Raises
    ------
    CumuloError
        When it is not one of CloudWatch's.

    Examples
    --------
    >>> statistic("Maximum")([1, 2, 3])
    3
    """
    if name in _SIMPLE:
        return _SIMPLE[name]
    match = _PERCENTILE.fullmatch(name)
    if match is None:
        raise CumuloError(f"there is no statistic {name!r}", hint=f"use {', '.join(_SIMPLE)}, or a percentile as p99")
    rank = float(match[1])
    return lambda values: percentile(values, rank) if values[0] >= 0 else None


def _computed(functions: Mapping[str, Statistic], ordered: Sequence[float]) -> dict[str, float]:
    computed = {name: function(ordered) for name, function in functions.items()}
    return {name: value for name, value in computed.items() if value is not None}


def _aligned(time: float, period: int) -> int:
    return int(time // period) * period
