"""What was measured lately of the metrics that alarms watch."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from decimal import Decimal

from cumulo.local.alarms.definition import Definition, Series
from cumulo.local.alarms.evaluation import Point
from cumulo.local.alarms.math import Calculation, TimeSeries
from cumulo.local.metrics import Sample
from cumulo.local.statistics import statistic

_SAMPLES_AT_THE_EDGE = 10
_SLOT = 10  # seconds: the shortest time between two evaluations, which every period is a multiple of


class Readings:
    """The samples of some metrics, by ten seconds."""

    def __init__(self, watched: Iterable[Series]) -> None:
        self._watched: dict[tuple[str, str, frozenset[tuple[str, str]]], dict[Series, dict[int, array[float]]]] = {}
        for series in watched:
            key = (series.namespace, series.name, series.dimensions)
            self._watched.setdefault(key, {})[series] = {}

    def take(self, samples: Iterable[Sample], since: float) -> None:
        """Keep the samples of watched metrics that are not older than a time."""
        names = {key[:2] for key in self._watched}
        for sample in samples:
            if sample.time < since or (sample.namespace, sample.name) not in names:
                continue
            dimensions = frozenset((str(name), str(value)) for name, value in sample.dimensions.items())
            for series, slots in self._watched.get((sample.namespace, sample.name, dimensions), {}).items():
                if series.unit in (None, sample.unit):
                    slot = int(sample.time // _SLOT) * _SLOT
                    slots.setdefault(slot, array("d")).append(sample.value)

    def take_again(self, name: str, samples: Iterable[Sample], since: float) -> None:
        """Keep these samples of a metric in place of those that were kept before."""
        for key, by_series in self._watched.items():
            for slots in by_series.values() if key[1] == name else ():
                slots.clear()
        self.take(samples, since)

    def newest(self, series: Series) -> float:
        """Return when the newest samples of a metric came, at most ten seconds too early."""
        return max(self._slots(series), default=float("-inf"))

    def forget(self, before: float) -> None:
        """Forget what is older than a time."""
        for by_series in self._watched.values():
            for slots in by_series.values():
                for slot in [slot for slot in slots if slot < before - _SLOT]:
                    del slots[slot]

    def values(self, series: Series, start: int, end: int) -> list[float]:
        """Return what was measured from ``start`` up to but not including ``end``, sorted."""
        slots = self._slots(series)
        return sorted(value for slot in range(start, end, _SLOT) for value in slots.get(slot, ()))

    def datapoints(self, alarm: Definition, end: int) -> list[Point]:
        """Return one datapoint for each period of an alarm's evaluation range that ends at a time.

        Raises
        ------
        CumuloError
            When a statistic is not one of CloudWatch's, or an expression cannot be computed.
        """
        times = [end - alarm.period * number for number in range(alarm.evaluation_range, 0, -1)]
        metrics = {
            query.id: self._series(query.series, query.statistic, times, alarm.period)
            for query in alarm.queries
            if query.series is not None
        }
        expressions = {query.id: query.expression for query in alarm.queries if query.expression is not None}
        watched = next(query.id for query in alarm.queries if query.returns)
        found = Calculation(metrics, expressions, times, alarm.period).series(watched)
        return [Point(time, found.get(time)) for time in times]

    def too_few(self, alarm: Definition, end: int) -> bool:
        """Tell whether a percentile has too few samples, and the alarm waits for more.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
        """
        query = alarm.queries[0]
        if not alarm.ignores_few_samples or query.series is None or not query.statistic.startswith("p"):
            return False
        rank = Decimal(query.statistic[1:])
        count = len(self.values(query.series, end - alarm.period * alarm.evaluated, end))
        # 10 / (1 - percentile), or 10 / percentile below the middle; multiplied, since p100 would divide by zero.
        return count * min(rank, 100 - rank) < _SAMPLES_AT_THE_EDGE * 100

    def _series(self, series: Series, name: str, times: Sequence[int], period: int) -> TimeSeries:
        compute = statistic(name)
        found = {}
        for time in times:
            values = self.values(series, time, time + period)
            value = compute(values) if values else None
            if value is not None:
                found[time] = float(value)
        return found

    def _slots(self, series: Series) -> dict[int, array[float]]:
        return self._watched[series.namespace, series.name, series.dimensions][series]
