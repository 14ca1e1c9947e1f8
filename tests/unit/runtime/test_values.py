from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.runtime.values import Expression, from_attributes, timestamp, to_attributes

NUMBERS = st.integers(-(10**37), 10**37) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6
)
VALUES = st.recursive(
    NUMBERS | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=4))
def test_what_is_stored_comes_back(item):
    assert from_attributes(to_attributes(item)) == item


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-100, max_value=1e100))
def test_a_float_keeps_its_digits(number):
    assert float(from_attributes(to_attributes({"n": number}))["n"]) == number


def test_whole_numbers_come_back_as_int_and_others_as_decimal():
    back = from_attributes({"a": {"N": "3.0"}, "b": {"N": "9.95"}, "c": {"NS": ["1", "2"]}})
    assert back == {"a": 3, "b": Decimal("9.95"), "c": {1, 2}}
    assert type(back["a"]) is int


def test_none_is_left_out_and_rich_types_become_plain():
    class Color(Enum):
        RED = "red"

    item = {
        "none": None,
        "color": Color.RED,
        "day": date(2026, 3, 1),
        "id": UUID(int=1),
        "at": datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1))),
        "pair": (1, Color.RED),
        "raw": b"x",
    }
    back = from_attributes(to_attributes(item))
    assert back.pop("raw").value == b"x"
    assert back == {
        "color": "red",
        "day": "2026-03-01",
        "id": "00000000-0000-0000-0000-000000000001",
        "at": "2026-03-01T12:00:00.000000Z",
        "pair": [1, "red"],
    }


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_timestamps_sort_as_times_do(one, other):
    assert (timestamp(one) < timestamp(other)) == (one < other)


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        to_attributes({"at": datetime(2026, 3, 1)})


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_dynamodb_cannot_hold_are_refused(number):
    with pytest.raises((TypeError, ValueError)):
        to_attributes({"n": number})


def test_names_and_values_are_always_placeholders():
    expression = Expression()
    update = expression.update({"name": "x", "size; DROP": 2}, {})
    assert update == "SET #0 = :0, #1 = :1"
    assert expression.arguments() == {
        "ExpressionAttributeNames": {"#0": "name", "#1": "size; DROP"},
        "ExpressionAttributeValues": {":0": {"S": "x"}, ":1": {"N": "2"}},
    }


def test_a_name_used_twice_has_one_placeholder():
    expression = Expression()
    assert expression.all_of("PK", {"PK": "a"}) == "attribute_exists(#0) AND #0 = :0"


def test_no_values_argument_without_values():
    expression = Expression()
    expression.all_of("PK", {})
    assert expression.arguments() == {"ExpressionAttributeNames": {"#0": "PK"}}


def test_key_conditions():
    assert Expression().key(("PK", "SK"), "a") == "#0 = :0"
    assert Expression().key(("PK", "SK"), "a", prefix="b") == "#0 = :0 AND begins_with(#1, :1)"
    assert Expression().key(("PK", "SK"), "a", since="b") == "#0 = :0 AND #1 >= :1"
    with pytest.raises(ValueError, match="prefix or since"):
        Expression().key(("PK", "SK"), "a", prefix="b", since="c")
