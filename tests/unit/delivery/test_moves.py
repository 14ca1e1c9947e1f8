from typing import Any

import pytest

from cumulo.delivery.moves import Passage, marked
from cumulo.delivery.plan import Action, Change, StackAction, StackPlan, describe
from cumulo.errors import CumuloError

TABLE = "AWS::DynamoDB::Table"
FUNCTION = "AWS::Lambda::Function"


def resource(type_: str, name: str | None) -> dict[str, Any]:
    kind = type_.rpartition("::")[2]
    return {"Type": type_, "Properties": {f"{kind}Name": name} if name else {}}


def passage(stack: str, before: dict[str, Any], after: dict[str, Any], keeps: bool = False) -> Passage:
    gone = [
        Change(key, before[key]["Type"], Action.RELEASE if keeps else Action.DELETE)
        for key in before.keys() - after.keys()
    ]
    new = [Change(key, after[key]["Type"], Action.ADD) for key in after.keys() - before.keys()]
    plan = StackPlan(stack, stack, StackAction.UPDATE, (*gone, *new))
    return Passage(plan, {"Resources": before}, {"Resources": after})


def test_a_move_is_named_as_loss_of_data() -> None:
    table = {"Table": resource(TABLE, "kefir")}
    data, api = marked([passage("data", table, {}), passage("api", {}, table)])
    (gone,) = data.changes
    assert gone.moves_to == "api"
    assert gone.loses_data
    assert describe(gone) == f"Table {TABLE}: deleted, and made anew in api, empty"
    assert api.changes[0].moves_to == ""


def test_a_move_under_another_id_is_found_by_its_name() -> None:
    data, _ = marked(
        [
            passage("data", {"Table": resource(TABLE, "kefir")}, {}),
            passage("api", {}, {"Batches": resource(TABLE, "kefir")}),
        ]
    )
    assert data.changes[0].moves_to == "api"


def test_resources_of_other_names_do_not_move() -> None:
    data, _ = marked(
        [passage("data", {"A": resource(TABLE, "one")}, {}), passage("api", {}, {"B": resource(TABLE, "two")})]
    )
    assert data.changes[0].moves_to == ""


@pytest.mark.parametrize("named", [True, False])
def test_a_move_to_an_earlier_stack_needs_another_name(named: bool) -> None:
    """A name is unique in an account and region, so a second resource of that name cannot be made.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    table = {"Table": resource(TABLE, "kefir" if named else None)}
    passages = [passage("data", {}, table), passage("api", table, {})]
    if not named:
        assert marked(passages)[1].changes[0].moves_to == "data"
        return
    with pytest.raises(CumuloError, match="Table from api to data; it would have") as no:
        marked(passages)
    assert "create-stack-refactor" in (no.value.hint or "")


def test_what_is_retained_keeps_its_name() -> None:
    table = {"Table": resource(TABLE, "kefir")}
    with pytest.raises(CumuloError, match="its name is taken"):
        marked([passage("data", table, {}, keeps=True), passage("api", {}, table)])


def test_moves_in_a_circle_are_named_as_loss_of_data() -> None:
    one, two = {"One": resource(TABLE, "one")}, {"Two": resource(TABLE, "two")}
    with pytest.raises(CumuloError, match=r"Two from api to data; .*, which loses its data"):
        marked([passage("data", one, two), passage("api", two, one)])


def test_a_function_that_moves_loses_no_data() -> None:
    function = {"Remind": resource(FUNCTION, "remind")}
    with pytest.raises(CumuloError, match="it has to be deleted first") as no:
        marked([passage("scheduler", {}, function), passage("api", function, {})])
    assert "refactor" not in (no.value.hint or "")
    api, _ = marked([passage("api", function, {}), passage("scheduler", {}, function)])
    assert not api.changes[0].loses_data
    assert describe(api.changes[0]).endswith("deleted, and made anew in scheduler")


def test_apis_of_the_same_name_may_exist_side_by_side() -> None:
    api = {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "kefir"}}}
    assert marked([passage("front", {}, api), passage("api", api, {})])[1].changes[0].moves_to == "front"
