"""Intrinsic functions, resolved as far as anybody can know."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.template.combining import MAX_CASES
from cumulo.guidelines.template.intrinsics import expand
from cumulo.guidelines.template.reading import TemplateFile
from cumulo.guidelines.template.values import ABSENT, UNKNOWN, Reference, Scope, Text, Value

TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "items"},
        "Count": {"Type": "Number", "Default": 3},
        "List": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Open": {"Type": "String"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
    },
    "Mappings": {"Sizes": {"items": {"memory": 512}}},
    "Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}},
}
SCOPE = Scope("data", TEMPLATE, {"AWS::Region": "eu-central-1"})


def plain(expression):
    return [value.plain for value in expand(Value(expression, SCOPE))]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("text", ["text"]),
        ({"Ref": "Name"}, ["items"]),
        ({"Ref": "Count"}, [3]),
        ({"Ref": "List"}, [["a", "b"]]),
        ({"Ref": "Open"}, [UNKNOWN]),
        ({"Ref": "Stored"}, [UNKNOWN]),
        ({"Ref": "AWS::NoValue"}, [ABSENT]),
        ({"Ref": "AWS::Region"}, ["eu-central-1"]),
        ({"Ref": "AWS::AccountId"}, [UNKNOWN]),
        ({"Ref": "Nothing"}, [UNKNOWN]),
        ({"Ref": ["odd"]}, [UNKNOWN]),
        ({"Ref": "Table"}, [Reference("data", "Table")]),
        ({"Fn::GetAtt": ["Table", "Arn"]}, [Reference("data", "Table", "Arn")]),
        ({"Fn::GetAtt": "Table.Arn"}, [Reference("data", "Table", "Arn")]),
        ({"Fn::GetAtt": ["Nothing", "Arn"]}, [UNKNOWN]),
        ({"Fn::Sub": "a-${Name}-${AWS::Region}"}, ["a-items-eu-central-1"]),
        ({"Fn::Sub": "${!Name} ${Count}"}, ["${Name} 3"]),
        ({"Fn::Sub": "${Table.Arn}"}, [Reference("data", "Table", "Arn")]),
        ({"Fn::Sub": "${Table}/x"}, [Text((Reference("data", "Table"), "/x"))]),
        ({"Fn::Sub": "a${Open}b"}, [Text(("a", UNKNOWN, "b"))]),
        ({"Fn::Sub": ["${x}", {"x": {"Ref": "Name"}}]}, ["items"]),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, ["a-items"]),
        ({"Fn::Join": ["-", {"Ref": "List"}]}, ["a-b"]),
        ({"Fn::Select": [1, {"Ref": "List"}]}, ["b"]),
        ({"Fn::Select": [7, {"Ref": "List"}]}, [UNKNOWN]),
        ({"Fn::Split": ["-", "a-b"]}, [["a", "b"]]),
        ({"Fn::Base64": {"Ref": "Name"}}, ["items"]),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Name"}, "memory"]}, [512]),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Open"}, "memory"]}, [UNKNOWN]),
        ({"Fn::FindInMap": ["Sizes", "nothing", "memory"]}, [UNKNOWN]),
        ({"Fn::If": ["Big", 1, {"Ref": "Count"}]}, [1, 3]),
        ({"Fn::If": ["Big"]}, [UNKNOWN]),
        ({"Fn::ImportValue": "nowhere"}, [UNKNOWN]),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, [UNKNOWN]),
        ({"Key": 1, "Fn::If": 2}, [{"Key": 1, "Fn::If": 2}]),
    ],
)
def test_one_function(expression, values):
    assert plain(expression) == values


def test_the_same_condition_holds_once():
    inner = {"Fn::If": ["Big", "b1", "b2"]}
    assert plain({"Fn::If": ["Big", inner, "c"]}) == ["b1", "c"]
    assert plain({"Fn::Sub": ["${x}${y}", {"x": inner, "y": inner}]}) == ["b1b1", "b2b2"]


def test_values_agree_when_their_conditions_do():
    one, two = expand(Value({"Fn::If": ["Big", 1, 2]}, SCOPE))
    assert one.agrees_with(one)
    assert not one.agrees_with(two)


def test_many_conditions_are_unknown_and_cheap():
    parts = {f"v{n}": {"Fn::If": [f"C{n}", "a", "b"]} for n in range(40)}
    text = "".join(f"${{v{n}}}" for n in range(40))
    assert plain({"Fn::Sub": [text, parts]}) == [UNKNOWN]
    same = {f"v{n}": {"Fn::If": ["C", "a", "b"]} for n in range(40)}
    assert plain({"Fn::Sub": [text, same]}) == ["a" * 40, "b" * 40]


def test_what_a_macro_may_add_is_unknown():
    assert Value({"Fn::Transform": {}, "A": 1}, SCOPE).get("B")[0].plain is UNKNOWN


def test_exports_of_one_stack_are_imports_of_another():
    data = {
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}, "Export": {"Name": "data:arn"}}},
    }
    api = {
        "Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::ImportValue": "data:arn"}}}}
    }
    system = of_templates([TemplateFile(Path("data"), data, {}), TemplateFile(Path("api"), api, {})])
    (value,) = system.stacks[1].resources["F"].get("Role")
    assert system.target(value, "AWS::DynamoDB::Table") is system.stacks[0].resources["Table"]


def test_stacks_that_import_from_each_other_end():
    def stack(name, other):
        value = {"Value": {"Fn::ImportValue": other}, "Export": {"Name": name}}
        return TemplateFile(Path(name), {"Resources": {}, "Outputs": {"X": value}}, {})

    system = of_templates([stack("a", "b"), stack("b", "a")])
    assert [v.plain for v in expand(Value({"Fn::ImportValue": "a"}, system.stacks[0].scope))] == [UNKNOWN]


names = st.sampled_from(["Name", "Open", "Table", "AWS::NoValue", "nothing", "List"])
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | names
expressions = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.builds(
            lambda key, value: {key: value},
            st.sampled_from(
                [
                    "Ref",
                    "Fn::GetAtt",
                    "Fn::If",
                    "Fn::Sub",
                    "Fn::Join",
                    "Fn::Select",
                    "Fn::Split",
                    "Fn::FindInMap",
                    "Fn::ImportValue",
                    "Fn::Base64",
                    "Fn::Nothing",
                    "Plain",
                ]
            ),
            inner,
        ),
        st.builds(lambda c, a, b: {"Fn::If": [c, a, b]}, st.sampled_from(["C1", "C2"]), inner, inner),
        st.builds(lambda parts: {"Fn::Join": ["-", parts]}, st.lists(inner, max_size=3)),
    ),
    max_leaves=12,
)


@given(expressions)
def test_whatever_a_template_holds_resolves_to_something_resolved(expression):
    """Law: resolving never fails, gives at least one value and at most the limit, and is done after one time."""
    values = expand(Value(expression, SCOPE))
    assert 1 <= len(values) <= MAX_CASES
    for value in values:
        again = expand(value)
        mapping = isinstance(value.plain, dict) and len(value.plain) == 1
        assert mapping or again == (value,)


@given(expressions)
def test_the_conditions_of_a_value_never_contradict_each_other(expression):
    for value in expand(Value(expression, SCOPE)):
        assert not any((stack, name, not holds) in value.given for stack, name, holds in value.given)


@given(st.lists(st.text(st.characters(exclude_characters="${}"), max_size=6), min_size=1, max_size=5))
def test_join_and_sub_agree(parts):
    variables = {f"v{n}": part for n, part in enumerate(parts)}
    text = "-".join(f"${{v{n}}}" for n in range(len(parts)))
    assert plain({"Fn::Join": ["-", parts]}) == plain({"Fn::Sub": [text, variables]}) == ["-".join(parts)]


def test_the_elements_of_all_lists_that_a_property_may_be_come_together():
    tags = {"Fn::If": ["Many", [{"Key": "a"}, {"Ref": "AWS::NoValue"}], {"Key": "b"}]}
    found = Value({"Properties": {"Tags": tags}}, SCOPE).listed("Properties", "Tags")
    assert [value.plain for value in found] == [{"Key": "a"}, {"Key": "b"}]
    assert Value({}, SCOPE).listed("Tags") == ()
