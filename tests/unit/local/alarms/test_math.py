"""Metric math, as https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html has it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.local.alarms.expressions import parse
from cumulo.local.alarms.math import Calculation

TIMES = [0, 60, 120, 180, 240]


def series(values: str) -> dict[int, float]:
    """A time series as the documentation writes it: ``"1 - 3"`` has no second value."""
    return {time: float(value) for time, value in zip(TIMES, values.split(), strict=False) if value != "-"}


def computed(expression: str, **metrics: str) -> Mapping[int, float]:
    given = {name: series(values) for name, values in metrics.items()}
    return Calculation(given, {"e1": parse(expression)}, TIMES, 60).series("e1")


def check(expression: str, expected: str, **metrics: str) -> None:
    assert computed(expression, **metrics) == pytest.approx(series(expected))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + m2", "3 6 9"),
        ("m2 - m1", "1 2 3"),
        ("m1 * m2", "2 8 18"),
        ("100 * m1 / m2", "50 50 50"),
        ("m1 ^ 2", "1 4 9"),
        ("-m1", "-1 -2 -3"),
        ("-5 * m1", "-5 -10 -15"),
        ("m1 + m2 * 2", "5 10 15"),
        ("(m1 + m2) * 2", "6 12 18"),
        ("m2 - m1 - 1", "0 1 2"),
        ("12 / m2 / m1", "6 1.5 0.6666666666666666"),
        ("2 ^ 3 ^ 1 + m1 * 0", "8 8 8"),
        ("m1/PERIOD(m1)", "0.016666666666666666 0.03333333333333333 0.05"),
    ],
)
def test_arithmetic(expression: str, expected: str) -> None:
    check(expression, expected, m1="1 2 3", m2="2 4 6")


def test_missing_values_count_as_0_in_arithmetic() -> None:
    check("m1 + m2", "1 2 3 -", m1="1 - 3 -", m2="- 2 - -")


def test_a_division_by_zero_drops_the_datapoint() -> None:
    check("m1 / m2", "1 - -", m1="2 2 2", m2="2 0 -")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(metric1 < metric2)", "0 0 1 0"),
        ("(metric1 >= 30)", "1 0 0 0"),
        ("(metric1 > 15 AND metric2 > 15)", "1 0 0 0"),
        ("metric1 > 15 && metric2 > 15", "1 0 0 0"),
        ("metric1 <= 20 || metric2 != 20", "0 1 1 1"),
    ],
)
def test_comparison_and_logical_operators(expression: str, expected: str) -> None:
    """The documentation's own example."""
    check(expression, expected, metric1="30 20 0 0", metric2="20 - 20 -")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(metric1, metric2, metric3)", "30 0 20 - -"),
        ("IF(metric1, 5, metric3)", "5 5 20 - -"),
        ("IF(metric1, metric2, 5)", "30 0 5 5 -"),
        ("IF(metric1, metric2)", "30 0 - - -"),
        ("IF(1, metric2, metric3)", "30 - 0 0 30"),
        ("IF(0, metric2, metric3)", "0 0 20 - 20"),
        ("IF(0, metric2)", "- - - - -"),
        ("IF(metric2 < 10, 10, 2)", "2 - 10 10 2"),
    ],
)
def test_if(expression: str, expected: str) -> None:
    """The documentation's own tables."""
    check(expression, expected, metric1="1 1 0 0 -", metric2="30 - 0 0 30", metric3="0 0 20 - 20")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FILL(m1, 10)", "10 1 10 4 10"),
        ("FILL(m1, REPEAT)", "- 1 1 4 4"),
        ("FILL(m1, LINEAR)", "- 1 2.5 4 -"),
        ("FILL(m1, MIN(m1))", "1 1 1 4 1"),
        ("FILL(m1, m2)", "7 1 7 4 -"),
        ("SUM(FILL(METRICS(), 0))", "7 8 7 11 0"),
    ],
)
def test_fill(expression: str, expected: str) -> None:
    check(expression, expected, m1="- 1 - 4 -", m2="7 7 7 7 -")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SUM(METRICS())", "4 2 9"),
        ("SUM([m1, m2])", "4 2 9"),
        ("AVG([m1, m2])", "2 1 4.5"),
        ("MIN([m1, m2])", "1 2 3"),
        ("MAX(METRICS())", "3 2 6"),
        ('SUM(METRICS("2"))', "3 - 6"),
        ("SUM(100/[m1, m2])", f"{100 + 100 / 3!r} 50 {100 / 3 + 100 / 6!r}"),
        ("m1 - AVG(m1)", "-1 0 1"),
        ("m1 / MAX(m1)", f"{1 / 3!r} {2 / 3!r} 1"),
        ("m1 + SUM(m1)", "7 8 9"),
        ("ABS(m1 - m2)", "2 2 3"),
        ("MIN(ABS([m1, 0 - m2]))", "1 2 3"),
        ("CEIL(m1 / 2)", "1 1 2"),
        ("FLOOR(m1 / 2)", "0 1 1"),
    ],
)
def test_functions(expression: str, expected: str) -> None:
    check(expression, expected, m1="1 2 3", m2="3 - 6")


def test_rate_is_the_change_per_second_since_the_value_before() -> None:
    check("RATE(m1)", "- 1 - -0.5", m1="0 60 - 0")


def test_expressions_may_use_other_expressions() -> None:
    metrics = {"m1": series("1 2")}
    expressions = {"e1": parse("e2 * 2"), "e2": parse("m1 + 1")}
    assert Calculation(metrics, expressions, TIMES, 60).series("e1") == {0: 4.0, 60: 6.0}


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("e1 + 1", "needs itself"),
        ("m9", "there is no metric or expression 'm9'"),
        ("5", "not a single time series"),
        ("AVG(m1)", "not a single time series"),
        ("[m1, m2]", "not a single time series"),
        ("ANOMALY_DETECTION_BAND(m1)", r"ANOMALY_DETECTION_BAND\(\) is not computed here"),
        ("RATE(m1, m2)", "does not take these 2 arguments"),
        ("IF(m1)", "does not take these 1 arguments"),
        ("PERIOD(5)", "does not take these 1 arguments"),
        ("ABS([m1, 5])", "a list has time series"),
        ("METRICS(m1)", "METRICS"),
        ("SUM(5)", "not a number"),
        ("[m1, m2] + [m1, m2]", "two lists"),
        ("FILL(m1, METRICS())", "FILL"),
    ],
)
def test_what_cannot_be_computed_is_said(expression: str, what: str) -> None:
    with pytest.raises(CumuloError, match=what):
        computed(expression, m1="1 2", m2="3 4")


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("", "a value is expected instead of 'the end'"),
        ("m1 +", "a value is expected instead of 'the end'"),
        ("(m1", r"'\)' is expected instead of 'the end'"),
        ("m1 m2", "'the end' is expected instead of 'm2'"),
        ("m1 $ 2", r"'\$ 2' is not understood"),
        ("SUM(m1,,m2)", "a value is expected"),
        ("m1; import os", "is not understood"),
        ("__import__('os')", "is not understood"),
        ("(" * 50 + "m1" + ")" * 50, "nested more than"),
        ("-" * 50 + "m1", "nested more than"),
        ("+".join(["1"] * 300), "more than 200 operators"),
        ("m1" + " " * 3000, "at most 2048 characters"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str, what: str) -> None:
    with pytest.raises(CumuloError, match=what):
        parse(expression)


@given(st.text(alphabet="m12+-*/^()<>=,[]&|. \"'ABSUFILANDOR", max_size=60))
def test_any_text_is_computed_or_refused(text: str) -> None:
    try:
        found = computed(text, m1="1 2 3", m2="- 2 0")
    except CumuloError:
        return
    assert all(math.isfinite(value) for value in found.values())


VALUES = st.dictionaries(st.sampled_from(TIMES), st.floats(-1e6, 1e6))


def both(left: str, right: str, **metrics: Any) -> tuple[Mapping[int, float], Mapping[int, float]]:
    calculation = Calculation(metrics, {"e1": parse(left), "e2": parse(right)}, TIMES, 60)
    return calculation.series("e1"), calculation.series("e2")


@given(VALUES, VALUES)
def test_sums_do_not_depend_on_the_order(m1: dict[int, float], m2: dict[int, float]) -> None:
    one, other = both("m1 + m2", "SUM([m2, m1])", m1=m1, m2=m2)
    assert one == pytest.approx(other)


@given(VALUES)
def test_filled_has_a_value_for_each_period_and_filling_again_changes_nothing(m1: dict[int, float]) -> None:
    once, twice = both("FILL(m1, 0)", "FILL(FILL(m1, 0), 5)", m1=m1)
    assert once == twice
    assert sorted(once) == TIMES


@given(VALUES, VALUES)
def test_the_largest_is_never_below_the_smallest(m1: dict[int, float], m2: dict[int, float]) -> None:
    least, most = both("MIN([m1, m2])", "MAX([m1, m2])", m1=m1, m2=m2)
    assert all(least[time] <= most[time] for time in least)
