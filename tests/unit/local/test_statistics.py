"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""

from __future__ import annotations

import statistics as standard

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.local.statistics import Datapoint, aggregate, percentile

VALUES = st.lists(st.floats(0, 1e6), min_size=2, max_size=50)


def computed(values: list[float], *names: str) -> dict[str, float]:
    samples = [(1.0, value, "Count") for value in values]
    (point,) = aggregate(samples, start=0, end=60, period=60, statistics=names)
    return dict(point.values)


def test_simple_statistics() -> None:
    assert computed([4, 1, 1], "Sum", "Average", "Minimum", "Maximum", "SampleCount") == {
        "Sum": 6, "Average": 2, "Minimum": 1, "Maximum": 4, "SampleCount": 3,
    }  # fmt: skip


def test_periods_lie_on_multiples_and_empty_ones_are_missing() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""
    samples = [(time, 1.0, "Count") for time in (59, 60, 119.9, 185, 300)]
    points = aggregate(samples, start=65, end=300, period=60, statistics=["Sum"])
    assert points == [Datapoint(60, {"Sum": 2}, "Count"), Datapoint(180, {"Sum": 1}, "Count")]


def test_percentiles_are_missing_when_a_value_is_negative() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    assert computed([-1, 2], "p50", "Sum") == {"Sum": 1}


@pytest.mark.parametrize(("name", "value"), [("p0", 1), ("p50", 2.5), ("p100", 4), ("p75", 3.25), ("p99.9", 3.997)])
def test_percentiles(name: str, value: float) -> None:
    assert computed([4, 3, 2, 1], name)[name] == pytest.approx(value)


@given(VALUES, st.floats(0, 100))
def test_a_percentile_lies_between_the_extremes(values: list[float], rank: float) -> None:
    ordered = sorted(values)
    assert ordered[0] - 1e-6 <= percentile(ordered, rank) <= ordered[-1] + 1e-6


@given(VALUES)
def test_p50_is_the_median(values: list[float]) -> None:
    assert percentile(sorted(values), 50) == pytest.approx(standard.median(values))


@given(st.lists(st.floats(0, 10_000), max_size=40), st.sampled_from([1, 5, 60, 300]))
def test_no_sample_is_lost_or_counted_twice(times: list[float], period: int) -> None:
    samples = [(time, 1.0, "Count") for time in times]
    points = aggregate(samples, start=0, end=10_001, period=period, statistics=["SampleCount"])
    assert sum(point.values["SampleCount"] for point in points) == len(times)


@pytest.mark.parametrize("period", [0, -60, 2, 45, 90])
def test_other_periods_are_refused(period: int) -> None:
    with pytest.raises(CumuloError, match="period"):
        aggregate([], start=0, end=1, period=period, statistics=["Sum"])


@pytest.mark.parametrize("name", ["sum", "p", "p101", "p-1", "median", "p1.5.5"])
def test_other_statistics_are_refused(name: str) -> None:
    with pytest.raises(CumuloError, match="no statistic"):
        aggregate([], start=0, end=1, period=60, statistics=[name])
