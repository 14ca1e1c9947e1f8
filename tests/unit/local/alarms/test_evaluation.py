"""The state that datapoints give an alarm, behaviour by behaviour as CloudWatch documents it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.local.alarms.definition import Definition, read
from cumulo.local.alarms.evaluation import Outcome, Point, evaluate
from cumulo.local.world import Resource

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
OK, ALARM, FEW, STAY = "OK", "ALARM", "INSUFFICIENT_DATA", None


def alarm(breaching: int = 1, evaluated: int = 1, missing: str = "missing", **more: Any) -> Definition:
    properties = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": evaluated,
        "DatapointsToAlarm": breaching,
        "Threshold": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": missing,
        **more,
    }
    return read(Resource("watch", "Alarm", "AWS::CloudWatch::Alarm", "errors", properties), "arn")


def points(pattern: str, period: int = 300) -> list[Point]:
    """Datapoints as CloudWatch's documentation draws them: 0 is fine, X breaches, - is missing."""
    values = {"0": 0.0, "X": 10.0, "-": None}
    return [Point(number * period, values[sign]) for number, sign in enumerate(pattern.split())]


def outcome(pattern: str, **how: Any) -> Outcome:
    return evaluate(alarm(**how), points(pattern))


@pytest.mark.parametrize(
    ("pattern", "states"),
    [
        ("0 - X - X", (OK, OK, OK, OK)),
        ("0 - - - -", (OK, OK, OK, OK)),
        ("- - - - -", (FEW, STAY, ALARM, OK)),
        ("0 X X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", (ALARM, STAY, ALARM, OK)),
    ],
)
def test_missing_datapoints_when_3_of_3_are_needed(pattern: str, states: tuple[str | None, ...]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, the first table"""
    found = tuple(outcome(pattern, breaching=3, evaluated=3, missing=treatment).state for treatment in TREATMENTS)
    assert found == states


@pytest.mark.parametrize(
    ("pattern", "states"),
    [
        ("0 - X - X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", (OK, OK, ALARM, OK)),
        ("- - - - 0", (OK, OK, ALARM, OK)),
        ("- - - X -", (ALARM, STAY, ALARM, OK)),
    ],
)
def test_missing_datapoints_when_2_of_3_are_needed(pattern: str, states: tuple[str | None, ...]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, the second table"""
    found = tuple(outcome(pattern, breaching=2, evaluated=3, missing=treatment).state for treatment in TREATMENTS)
    assert found == states


@pytest.mark.parametrize("pattern", ["- - - - X", "- - - X -"])
def test_a_lone_new_datapoint_does_not_set_off_the_alarm_prematurely(pattern: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    #CloudWatch-alarms-avoiding-premature-transition
    """
    assert outcome(pattern, breaching=3, evaluated=3).state == FEW
    assert outcome(pattern, breaching=3, evaluated=3, missing="ignore").state is STAY


def test_missing_data_of_dynamodb_is_ignored_unless_said_otherwise() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    table = alarm(Namespace="AWS/DynamoDB", TreatMissingData=None)
    assert evaluate(table, points("- - -")).state is STAY
    assert evaluate(alarm(TreatMissingData=None), points("- - -")).state == FEW


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("GreaterThanThreshold", OK, OK, ALARM),
        ("GreaterThanOrEqualToThreshold", OK, ALARM, ALARM),
        ("LessThanThreshold", ALARM, OK, OK),
        ("LessThanOrEqualToThreshold", ALARM, ALARM, OK),
    ],
)
def test_comparison_operators(comparison: str, below: str, equal: str, above: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    states = [evaluate(alarm(ComparisonOperator=comparison), [Point(0, value)]).state for value in (2.0, 3.0, 4.0)]
    assert states == [below, equal, above]


def test_the_reason_of_an_alarm_names_the_datapoints_newest_first() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    assert outcome("0 X X 0 X", breaching=2, evaluated=3).reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [10.0 (01/01/70 00:20:00), 10.0 (01/01/70 00:10:00)] were "
        "greater than the threshold (3.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )


def test_the_reason_of_one_datapoint_is_cloudwatchs_own() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    watched = alarm(Threshold=50)
    assert evaluate(watched, [Point(1_570_035_540, 99.50160229693434)]).reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater than "
        "the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert evaluate(watched, [Point(1_569_937_560, 0.0666851903306472)]).reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.0666851903306472 (01/10/19 13:46:00)] was not greater "
        "than the threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


def test_the_reason_without_datapoints_says_how_they_were_treated() -> None:
    nothing = "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as"
    assert outcome("- - -", missing="notBreaching").reason == f"{nothing} [NonBreaching]."
    assert outcome("- - -", missing="breaching").reason == f"{nothing} [Breaching]."
    assert outcome("- - -").reason == "Insufficient Data: 1 datapoint was unknown."
    assert outcome("- - - - -", evaluated=3).reason == "Insufficient Data: 3 datapoints were unknown."


PATTERNS = st.lists(st.sampled_from("0X-"), min_size=5, max_size=5).map(" ".join)
NUMBERS = st.integers(1, 3).flatmap(lambda evaluated: st.tuples(st.integers(1, evaluated), st.just(evaluated)))


@given(PATTERNS, NUMBERS)
def test_with_enough_datapoints_the_treatment_of_missing_ones_does_not_matter(
    pattern: str, numbers: tuple[int, int]
) -> None:
    breaching, evaluated = numbers
    found = {outcome(pattern, breaching=breaching, evaluated=evaluated, missing=how).state for how in TREATMENTS}
    assert len(found) == 1 or 5 - pattern.count("-") < evaluated


@given(PATTERNS, NUMBERS)
def test_breaching_is_the_strictest_treatment_and_not_breaching_the_mildest(
    pattern: str, numbers: tuple[int, int]
) -> None:
    breaching, evaluated = numbers
    mild, strict, plain = (
        outcome(pattern, breaching=breaching, evaluated=evaluated, missing=how).state
        for how in ("notBreaching", "breaching", "missing")
    )
    assert mild != ALARM or plain == strict == ALARM
    assert strict != OK or mild == OK
