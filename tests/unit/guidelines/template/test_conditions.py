"""What is known about conditions: which are constant, and which exclude each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.guidelines.template.conditions import assumed, constant
from cumulo.guidelines.template.values import Scope, Value, compatible


def is_(value, parameter="Env"):
    return {"Fn::Equals": [{"Ref": parameter}, value]}


CONDITIONS = {
    "IsProd": is_("prod"),
    "IsDev": {"Fn::Equals": ["dev", {"Ref": "Env"}]},
    "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
    "Both": {"Fn::And": [{"Condition": "IsProd"}, is_("yes", "Big")]},
    "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
    "Never": {"Fn::Equals": ["a", "b"]},
    "Always": {"Fn::Equals": [1, "1"]},
    "InEurope": is_("eu-west-1", "AWS::Region"),
    "IsOdd": is_("odd", "Limited"),
    "Round": {"Fn::Not": [{"Condition": "Round"}]},
    "One": {"Condition": "Other"},
    "Other": {"Condition": "One"},
    "Broken": {"Fn::And": "x"},
    "Odd": ["x"],
}
PARAMETERS = {
    "Env": {"Type": "String", "Default": "dev"},
    "Big": {"Type": "String"},
    "Limited": {"Type": "String", "AllowedValues": ["a", "b"]},
}
SCOPE = Scope("api", {"Conditions": CONDITIONS, "Parameters": PARAMETERS}, {"AWS::Region": "eu-west-1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IsProd", None),
        ("NotProd", None),
        ("Either", None),
        ("Never", False),
        ("Always", True),
        ("InEurope", True),
        ("IsOdd", False),
        ("Round", None),
        ("One", None),
        ("Broken", None),
        ("Odd", None),
        ("Missing", None),
    ],
)
def test_a_condition_is_constant_only_when_no_parameter_can_change_it(name, value):
    assert constant(SCOPE, name) is value


def values(*expressions):
    template = {"Conditions": CONDITIONS, "Parameters": PARAMETERS}
    scope = Scope("api", template)
    return [Value({"X": each}, scope).get("X") for each in expressions]


def pairs(one, other):
    ones, others = values(one, other)
    return {(a.plain, b.plain) for a in ones for b in others if a.agrees_with(b)}


def test_what_holds_under_a_condition_is_never_compared_with_what_holds_under_its_opposite():
    assert pairs({"Fn::If": ["IsProd", 1, 2]}, {"Fn::If": ["NotProd", 3, 4]}) == {(1, 4), (2, 3)}


def test_a_parameter_has_one_value_at_a_time():
    assert pairs({"Fn::If": ["IsProd", 1, 2]}, {"Fn::If": ["IsDev", 3, 4]}) == {(1, 4), (2, 3), (2, 4)}
    assert pairs({"Fn::If": ["IsProd", 1, 2]}, {"Ref": "Env"}) == {(1, "dev"), (2, "dev")}
    nested = {"Fn::If": ["IsProd", {"Ref": "Env"}, "other"]}
    assert [value.plain for value in values(nested)[0]] == ["prod", "other"]


def test_all_allowed_values_count_where_there_is_no_default():
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    assert [value.plain for value in values({"Ref": "Limited"})[0]] == ["a", "b"]
    assert pairs({"Ref": "Limited"}, {"Fn::Sub": "x-${Limited}"}) == {("a", "x-a"), ("b", "x-b")}


def test_both_parts_of_and_hold_with_it():
    assert pairs({"Fn::If": ["Both", 1, 2]}, {"Fn::If": ["IsProd", 3, 4]}) == {(1, 3), (2, 3), (2, 4)}


@pytest.mark.parametrize("name", ["Never", "Always"])
def test_only_the_branch_that_is_ever_taken_counts(name):
    assert len(values({"Fn::If": [name, 1, 2]})[0]) == 1


def test_a_condition_that_contradicts_itself_makes_its_value_unknown():
    assert assumed(SCOPE, "Round", True) is None
    (found,) = values({"Fn::If": ["Round", 1, 2]})
    assert [value.known for value in found] == [False]


names = st.sampled_from(["A", "B", "C"])
expressions = st.recursive(
    st.builds(lambda name: {"Condition": name}, names)
    | st.builds(lambda value: {"Fn::Equals": [{"Ref": "P"}, value]}, st.sampled_from("xyz")),
    lambda inner: (
        st.builds(lambda part: {"Fn::Not": [part]}, inner)
        | st.builds(
            lambda kind, parts: {kind: parts}, st.sampled_from(["Fn::And", "Fn::Or"]), st.lists(inner, min_size=1)
        )
    ),
    max_leaves=6,
)


def holds(expression, conditions, parameter):
    ((kind, argument),) = expression.items()
    if kind == "Condition":
        return holds(conditions[argument], conditions, parameter)
    if kind == "Fn::Equals":
        return parameter == argument[1]
    parts = [holds(part, conditions, parameter) for part in argument]
    return {"Fn::Not": not parts[0], "Fn::And": all(parts), "Fn::Or": any(parts)}[kind]


@given(expressions, expressions)
def test_what_is_assumed_is_so(one, other):
    """Law: whatever the parameter is, the assumptions of the conditions that then hold are compatible."""
    conditions = {"A": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "B": {"Fn::Equals": [{"Ref": "P"}, "y"]}}
    conditions["C"] = {"Fn::Not": [{"Condition": "A"}]}
    conditions |= {"One": one, "Two": other}
    scope = Scope("api", {"Conditions": conditions, "Parameters": {"P": {"Type": "String"}}})
    for parameter in "xyzw":
        found = [assumed(scope, name, holds(conditions[name], conditions, parameter)) for name in ("One", "Two")]
        assert None not in found
        assert compatible(*found)
        for name in ("One", "Two"):
            assert constant(scope, name) in (None, holds(conditions[name], conditions, parameter))
