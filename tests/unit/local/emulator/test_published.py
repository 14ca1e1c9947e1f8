"""Metrics that programs put: what is told of one datum.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.local.emulator.launcher.published import install, measured


def test_a_value() -> None:
    assert measured(3, None, None, None) == [3.0]


def test_values_as_often_as_they_count() -> None:
    assert measured(None, [1, 5], [2, 1], None) == [1.0, 1.0, 5.0]
    assert measured(None, [1, 5], None, None) == [1.0, 5.0]


def test_counts_without_measure_are_cut() -> None:
    assert len(measured(None, [1, 2], [1e9, 1e9], None)) == 10_000


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_a_statistic_set_has_the_sum_count_minimum_and_maximum_that_it_says(values: list[float]) -> None:
    if not values:
        assert measured(None, None, None, {"SampleCount": 0, "Sum": 0}) == []
        return
    said = {"SampleCount": len(values), "Sum": math.fsum(values), "Minimum": min(values), "Maximum": max(values)}
    found = measured(None, None, None, said)
    assert (len(found), math.fsum(found)) == (len(values), pytest.approx(said["Sum"], abs=1e-3))
    assert (min(found), max(found)) == pytest.approx((min(values), max(values)), abs=1e-3)


def test_each_datum_is_stored_and_told() -> None:
    stored: list[Any] = []
    told: list[Any] = []
    module = SimpleNamespace(_store_datum=lambda *datum: stored.append(datum))
    install(module, lambda what, facts: told.append((what, facts)))
    datum = ("shop", "orders", {"kind": "tea"}, 1.0, "Count", 2, None, None, None)
    module._store_datum(*datum)
    assert stored == [datum]
    facts = {"time": 1.0, "namespace": "shop", "name": "orders", "dimensions": {"kind": "tea"}, "unit": "Count"}
    assert told == [("metric", {**facts, "values": [2.0]})]
