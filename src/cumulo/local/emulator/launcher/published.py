"""Metrics that programs publish with ``PutMetricData``: told to the parent process, which keeps all metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain, repeat
from typing import Any

_MOST = 10_000  # values of one datum that are told; CloudWatch takes 150 different ones, with any counts


def install(cloudwatch: Any, tell: Callable[[str, dict[str, Any]], None]) -> None:
    """Fit the emulator's CloudWatch.

    Parameters
    ----------
    cloudwatch
        Its module.
    tell
        Tells the parent process of each datum.
    """
    store = cloudwatch._store_datum

    def store_and_tell(
        namespace: str, name: str, dimensions: Any, time: float, unit: str, value: Any, *more: Any
    ) -> None:
        store(namespace, name, dimensions, time, unit, value, *more)
        facts = {"time": time, "namespace": namespace, "name": name, "dimensions": dimensions, "unit": unit}
        tell("metric", {**facts, "values": measured(value, *more)})

    cloudwatch._store_datum = store_and_tell


def measured(value: Any, values: Any, counts: Any, statistics: Mapping[str, Any] | None) -> list[float]:
    """Return the values of a datum: its value, each of its values as often as it counts, or those of a statistic set.

    A statistic set does not say what its values were: the smallest and the largest are known, the others are taken to
    be equal, which gives its sum, count, minimum, maximum and average, though no percentiles.
    """
    if values is not None:
        often = zip(values, counts or repeat(1), strict=False)
        return [*chain.from_iterable(repeat(float(one), min(int(count), _MOST)) for one, count in often)][:_MOST]
    if statistics is None:
        return [float(value or 0)]
    count, total = int(statistics.get("SampleCount", 0)), float(statistics.get("Sum", 0))
    if count < 2:
        return [total] * count
    least, most = float(statistics.get("Minimum", 0)), float(statistics.get("Maximum", 0))
    others = min(count, _MOST) - 2
    return [least, most, *repeat((total - least - most) / others if others else 0.0, others)]
