"""Which resource a name may mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.guidelines.relations.naming import may_be_called
from cumulo.guidelines.system import Resource, Stack
from cumulo.guidelines.template.values import Scope

NAME = st.text(alphabet="abcxyz-.*[0", min_size=1, max_size=20)


def queue(name=None):
    properties = {"QueueName": name} if name else {}
    body = {"Type": "AWS::SQS::Queue", "Properties": properties}
    return Resource(Stack("shop", Scope("shop", {}), "shop.yaml"), "Orders", body["Type"], body)


@given(NAME, st.data())
def test_a_name_of_which_a_part_is_not_known_may_still_be_that_name(name, data):
    start = data.draw(st.integers(0, len(name)))
    end = data.draw(st.integers(start, len(name)))
    assert may_be_called(queue(name))(f"{name[:start]}\0{name[end:]}")


@given(NAME, NAME)
def test_two_known_names_mean_the_same_resource_only_when_they_are_equal(one, other):
    assert may_be_called(queue(one))(other) is (one == other)


def test_the_same_unknown_part_on_both_sides_does_not_hide_a_difference():
    is_called = may_be_called(queue({"Fn::Sub": "shop-${Stage}-orders"}))
    assert is_called("shop-\0-orders")
    assert not is_called("shop-\0-mails")


@pytest.mark.parametrize(
    ("name", "possible"),
    [("shop-Orders-1ABCDEFGHIJKL", True), ("shop-\0", True), ("shop-\0-orders", False), ("orders", False)],
)
def test_cloudformation_makes_up_a_name_of_stack_logical_id_and_something_random(name, possible):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html."""
    assert may_be_called(queue())(name) is possible
