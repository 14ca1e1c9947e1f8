import pytest

from cumulo.delivery import outputs
from cumulo.delivery.differ import diff, lines
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError

from .conftest import Ship, Shop
from .templates import template, topic

BEFORE = template({"Topic": topic("shop-dev-topic", DisplayName="old")}, Arn={"Value": {"Ref": "Topic"}})


def test_what_is_deployed_as_declared_does_not_differ(ship: Ship, shop: Shop, target: Target) -> None:
    ship(api=BEFORE)
    assert [stack.state for stack in diff(shop.assembly({"api": BEFORE}), target)] == ["same"]


def test_new_changed_and_removed_stacks_are_named(ship: Ship, shop: Shop, target: Target) -> None:
    ship(api=BEFORE, old=template({"Topic": topic("shop-dev-old")}))
    after = template({"Topic": topic("shop-dev-topic", DisplayName="new")})
    assert lines(diff(shop.assembly({"api": after, "web": after}), target)) == [
        "shop-dev-api: changed",
        "  ~ Topic AWS::SNS::Topic",
        '      ~ Properties.DisplayName: "old" -> "new"',
        "  - output Arn",
        "shop-dev-web: new",
        "  + Topic AWS::SNS::Topic",
        "shop-dev-old: removed",
        "  - Topic AWS::SNS::Topic",
    ]


def test_outputs_of_what_is_deployed(ship: Ship, shop: Shop, target: Target) -> None:
    ship(api=BEFORE)
    found = outputs.deployed_outputs(shop.assembly({"api": BEFORE}), target)
    assert found == {"api": {"Arn": f"arn:aws:sns:eu-central-1:{target.account}:shop-dev-topic"}}


def test_outputs_of_what_is_not_deployed_are_a_clear_error(shop: Shop, target: Target) -> None:
    with pytest.raises(CumuloError, match="nothing of 'shop' is deployed as 'dev'"):
        outputs.deployed_outputs(shop.assembly({"api": BEFORE}), target)
