"""https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cumulo.errors import CumuloError
from cumulo.local.queues.patterns import matches, parse, passes


@pytest.mark.parametrize(
    ("rule", "value", "matching"),
    [
        ([None], None, True),
        ([None], "", False),
        ([""], "", True),
        (["Alice"], "Alice", True),
        (["Alice"], "alice", False),
        (["Alice", "Bob"], "Bob", True),
        (["Alice"], ["Zoe", "Alice"], True),
        ([{"equals-ignore-case": "alice"}], "ALICE", True),
        ([{"anything-but": ["Raining"]}], "Sunny", True),
        ([{"anything-but": ["Raining"]}], "Raining", False),
        ([{"anything-but": "Raining"}], "Raining", False),
        ([{"anything-but": {"prefix": "Rain"}}], "Raining", False),
        ([{"anything-but": {"suffix": ["ing"]}}], "Sunny", True),
        ([{"numeric": ["=", 100]}], 100, True),
        ([{"numeric": ["=", 100]}], 100.0, True),
        ([{"numeric": ["=", 100]}], "100", False),
        ([{"numeric": ["=", 1]}], True, False),
        ([{"numeric": [">", 10, "<=", 20]}], 20, True),
        ([{"numeric": [">", 10, "<=", 20]}], 10, False),
        ([{"exists": True}], "x", True),
        ([{"exists": True}], None, True),
        ([{"exists": True}], {"a": 1}, False),
        ([{"exists": False}], "x", False),
        ([{"prefix": "us-"}], "us-east-1", True),
        ([{"prefix": "us-"}], 5, False),
        ([{"prefix": {"equals-ignore-case": "US-"}}], "us-east-1", True),
        ([{"suffix": ".png"}], "a.png", True),
        ([True], True, True),
        ([1], True, False),
        ([5], 5.0, True),
    ],
)
def test_operators(rule: Any, value: Any, matching: bool) -> None:
    assert matches({"field": rule}, {"field": value}) is matching


@pytest.mark.parametrize(
    ("rule", "matching"),
    [([{"exists": False}], True), ([{"exists": True}], False), ([{"anything-but": ["a"]}], False), ([None], False)],
)
def test_a_field_that_is_absent(rule: Any, matching: bool) -> None:
    assert matches({"field": rule}, {}) is matching
    assert matches({"outer": {"field": rule}}, {"outer": "text"}) is matching


def test_keys_are_joined_by_and_and_or_is_an_operator() -> None:
    pattern = {"city": ["Oslo"], "$or": [{"sky": ["sunny"]}, {"degrees": [{"numeric": [">", 20]}]}]}
    assert matches(pattern, {"city": "Oslo", "sky": "rain", "degrees": 25})
    assert not matches(pattern, {"city": "Oslo", "sky": "rain", "degrees": 5})
    assert not matches(pattern, {"city": "Rome", "sky": "sunny"})


def test_nested_fields_and_lists_of_objects() -> None:
    assert matches({"order": {"items": {"sku": [7]}}}, {"order": {"items": [{"sku": 1}, {"sku": 7}]}})
    assert not matches({"order": {"items": {"sku": [7]}}}, {"order": {"items": []}})


@pytest.mark.parametrize(
    ("body", "pattern", "passing"),
    [
        ("hello", {"body": ["hello"]}, True),
        ("hello", {"body": ["other"]}, False),
        ("hello", {"attributes": {"SenderId": ["me"]}}, True),
        ("hello", {"body": {"kind": ["order"]}}, False),
        ('{"kind": "order"}', {"body": ['{"kind": "order"}']}, False),
        ('{"kind": "order"}', {"attributes": {"SenderId": ["me"]}}, True),
        ('{"kind": "order"}', {"body": {"kind": ["order"]}}, True),
        ('{"kind": "other"}', {"body": {"kind": ["order"]}}, False),
    ],
)
def test_bodies_and_patterns_of_text_and_json(body: str, pattern: Any, passing: bool) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html#filtering-SQS-properly"""
    assert passes({"body": body, "attributes": {"SenderId": "me"}}, [pattern]) is passing


def test_filters_are_joined_by_or_and_none_lets_all_pass() -> None:
    record = {"body": "b"}
    assert passes(record, [{"body": ["a"]}, {"body": ["b"]}])
    assert not passes(record, [{"body": ["a"]}])
    assert passes(record, [])


@pytest.mark.parametrize(
    "pattern",
    [
        "nonsense", "[]", {"a": "b"}, {"a": []}, {"a": [[1]]}, {"a": [{"unknown": 1}]}, {"a": [{"numeric": [1]}]},
        {"a": [{"numeric": ["~", 1]}]}, {"a": [{"numeric": ["=", "1"]}]}, {"a": [{"exists": "yes"}]},
        {"a": [{"prefix": 1}]}, {"a": [{"prefix": "a", "suffix": "b"}]}, {"$or": {}}, {"ok": ["x"], "b": {"c": 1}},
    ],
)  # fmt: skip
def test_wrong_patterns_are_refused(pattern: Any) -> None:
    with pytest.raises(CumuloError, match="filter pattern"):
        parse(pattern if isinstance(pattern, str) else json.dumps(pattern), where="api/Consume")
