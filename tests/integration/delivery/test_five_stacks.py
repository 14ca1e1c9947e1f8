"""Five stacks that need each other, as a team's system has them: what changes between them, and what fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cumulo.delivery import stacks
from cumulo.delivery.plan import Action, StackAction
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError

from .conftest import Said, Ship
from .templates import Template, exported, imported, never, queue, table, template, topic

ORDER = ["auth", "data", "scheduler", "api", "monitoring"]


def arn(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def export(stack: str, logical_id: str) -> dict[str, Any]:
    return exported(f"shop-dev-{stack}:{logical_id}Arn", arn(logical_id))


def use(stack: str, logical_id: str) -> dict[str, Any]:
    return imported(f"shop-dev-{stack}:{logical_id}Arn")


def five(**changed: Template) -> dict[str, Template]:
    """Five stacks: the api needs auth, data and the scheduler, and monitoring the api."""
    usual = {
        "auth": template({"Codes": table("shop-dev-codes")}, CodesArn=export("auth", "Codes")),
        "data": template({"Items": table("shop-dev-items")}, ItemsArn=export("data", "Items")),
        "scheduler": template(
            {"Late": queue("shop-dev-late"), "Due": topic("shop-dev-due", DisplayName=use("data", "Items"))},
            LateArn=export("scheduler", "Late"),
        ),
        "api": template(
            {"Jobs": queue("shop-dev-jobs"), **uses(auth="Codes", data="Items", scheduler="Late")},
            JobsArn=export("api", "Jobs"),
        ),
        "monitoring": template({"Alarms": topic("shop-dev-alarms", DisplayName=use("api", "Jobs"))}),
    }
    return usual | changed


def uses(**imports: str) -> dict[str, Any]:
    return {f"Use{s.title()}": topic(f"shop-dev-use-{s}", DisplayName=use(s, i)) for s, i in imports.items()}


def statuses(target: Target) -> Mapping[str, str]:
    return {name.removeprefix("shop-dev-"): each.status for name, each in stacks.all_deployed(target).items()}


def topic_name(target: Target, name: str) -> str:
    """Return what a topic shows: the value that its stack imported."""
    sns = target.session.client("sns")
    arn_ = f"arn:aws:sns:eu-central-1:{target.account}:{name}"
    shown = sns.get_topic_attributes(TopicArn=arn_)["Attributes"]["DisplayName"]
    sns.close()
    return shown


def test_five_stacks_are_created_in_the_order_of_their_references(ship: Ship, said: Said, target: Target) -> None:
    done = ship(**five())
    assert [each.id for each in done.stacks] == ORDER
    assert [event.stack for event in said.events if event.type == "AWS::CloudFormation::Stack"][::2] == [
        f"shop-dev-{id_}" for id_ in ORDER
    ]
    assert not ship(**five()).changed


def test_a_failed_stack_leaves_the_others_and_the_next_deployment_goes_on(
    ship: Ship, said: Said, target: Target
) -> None:
    broken = template({**five()["api"]["Resources"], **never("Jobs")}, **five()["api"]["Outputs"])
    with pytest.raises(CumuloError, match="timed out"):
        ship(**five(api=broken))
    assert statuses(target) == {
        "auth": "CREATE_COMPLETE",
        "data": "CREATE_COMPLETE",
        "scheduler": "CREATE_COMPLETE",
        "api": "ROLLBACK_COMPLETE",
    }

    said.events.clear()
    done = ship(**five())
    assert [each.action for each in done.stacks] == [*[StackAction.UNCHANGED] * 3, *[StackAction.CREATE] * 2]
    assert {event.stack for event in said.events} == {"shop-dev-api", "shop-dev-monitoring"}
    assert set(statuses(target).values()) == {"CREATE_COMPLETE"}


def test_a_failed_update_of_the_middle_is_continued(ship: Ship, said: Said, target: Target) -> None:
    ship(**five())
    more = template(
        {"Items": table("shop-dev-items"), "More": queue("shop-dev-more")}, ItemsArn=export("data", "Items")
    )
    broken = template({**five()["scheduler"]["Resources"], **never("Late")}, LateArn=export("scheduler", "Late"))
    watched = template({"Alarms": topic("shop-dev-alarms", DisplayName="x")})
    with pytest.raises(CumuloError, match="timed out") as failure:
        ship(**five(data=more, scheduler=broken, monitoring=watched))
    assert "the stack is as it was before" in (failure.value.hint or "")
    assert statuses(target) | {"data": "", "scheduler": ""} == {
        **dict.fromkeys(ORDER, "CREATE_COMPLETE"),
        "data": "",
        "scheduler": "",
    }
    assert topic_name(target, "shop-dev-alarms") != "x"

    done = ship(**five(data=more, monitoring=watched))
    assert {each.id: each.action for each in done.stacks} == {
        **dict.fromkeys(ORDER, StackAction.UNCHANGED),
        "monitoring": StackAction.UPDATE,
    }
    assert topic_name(target, "shop-dev-alarms") == "x"


def test_an_export_and_its_import_go_in_one_deployment_the_importer_first(
    ship: Ship, said: Said, target: Target
) -> None:
    """All imports have to be removed before the export can be.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    """
    ship(**five())
    said.events.clear()
    auth = template({"Users": table("shop-dev-users")}, UsersArn=export("auth", "Users"))
    api = template(
        {"Jobs": queue("shop-dev-jobs"), **uses(auth="Users", data="Items", scheduler="Late")},
        JobsArn=export("api", "Jobs"),
    )
    ship(**five(auth=auth, api=api))

    ended = [e.stack for e in said.events if e.type == "AWS::CloudFormation::Stack" and e.status == "UPDATE_COMPLETE"]
    assert ended == ["shop-dev-auth", "shop-dev-api", "shop-dev-auth"]
    plan = said.plans[-1]
    assert [stack.id for stack in plan.stacks] == [*ORDER, "auth"]
    assert [(stack.id, change.logical_id) for stack, change in plan.losses] == [("auth", "Codes")]
    assert plan.stacks[-1].notes == ("no longer exports shop-dev-auth:CodesArn",)
    assert topic_name(target, "shop-dev-use-auth").endswith("table/shop-dev-users")
    assert not ship(**five(auth=auth, api=api)).changed


def test_when_the_importer_fails_what_it_imports_is_still_there(ship: Ship, said: Said, target: Target) -> None:
    ship(**five())
    auth = template({"Users": table("shop-dev-users")}, UsersArn=export("auth", "Users"))
    resources = {"Jobs": queue("shop-dev-jobs"), **uses(auth="Users", data="Items", scheduler="Late")}
    api = template(resources, JobsArn=export("api", "Jobs"))
    with pytest.raises(CumuloError, match="timed out"):
        ship(**five(auth=auth, api=template({**resources, **never("Jobs")}, JobsArn=export("api", "Jobs"))))
    dynamodb = target.session.client("dynamodb")
    assert {"shop-dev-codes", "shop-dev-users"} <= {*dynamodb.list_tables()["TableNames"]}
    assert topic_name(target, "shop-dev-use-auth").endswith("table/shop-dev-codes")

    done = ship(**five(auth=auth, api=api))
    assert {each.id: each.action for each in done.stacks}["auth"] is StackAction.UNCHANGED
    assert "shop-dev-codes" not in dynamodb.list_tables()["TableNames"]
    dynamodb.close()
    assert topic_name(target, "shop-dev-use-auth").endswith("table/shop-dev-users")


def test_the_value_of_an_export_in_use_is_not_changed(ship: Ship, target: Target) -> None:
    """All imports have to be removed before the value of the export can be modified.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    """
    ship(**five())
    other = template(
        {"Items": table("shop-dev-items"), "Other": table("shop-dev-other")},
        ItemsArn=exported("shop-dev-data:ItemsArn", arn("Other")),
    )
    with pytest.raises(CumuloError, match="'shop-dev-data:ItemsArn' would change") as refused:
        ship(**five(data=other))
    assert "while shop-dev-api, shop-dev-scheduler imports it" in refused.value.what
    assert "under another id" in (refused.value.hint or "")
    assert set(statuses(target).values()) == {"CREATE_COMPLETE"}
    change_sets = target.cloudformation.list_change_sets(StackName="shop-dev-data")["Summaries"]
    assert [each for each in change_sets if each["ExecutionStatus"] != "EXECUTE_COMPLETE"] == []


def test_a_replaced_resource_whose_export_is_in_use_is_told_before(ship: Ship, said: Said, target: Target) -> None:
    ship(**five())
    other_key = template({"Items": table("shop-dev-items-2", key="ID")}, ItemsArn=export("data", "Items"))
    said.answer = False
    with pytest.raises(CumuloError) as refused:
        ship(**five(data=other_key))
    told = [note for plan in said.plans for stack in plan.stacks for note in stack.notes]
    assert any("shop-dev-data:ItemsArn" in text for text in [refused.value.what, *told])
    assert set(statuses(target).values()) == {"CREATE_COMPLETE"}


def test_stacks_that_left_go_last_importers_first(ship: Ship, said: Said, target: Target) -> None:
    ship(**five())
    said.events.clear()
    api = template({"Jobs": queue("shop-dev-jobs"), **uses(auth="Codes", data="Items")}, JobsArn=export("api", "Jobs"))
    kept = {key: value for key, value in five(api=api).items() if key in {"auth", "data", "api"}}
    ship(**kept)
    assert [(stack.id, stack.action) for stack in said.plans[-1].stacks][3:] == [
        ("monitoring", StackAction.REMOVE),
        ("scheduler", StackAction.REMOVE),
    ]
    ended = [e.stack for e in said.events if e.type == "AWS::CloudFormation::Stack" and e.status.endswith("_COMPLETE")]
    assert ended == ["shop-dev-api", "shop-dev-monitoring", "shop-dev-scheduler"]
    assert sorted(statuses(target)) == ["api", "auth", "data"]


def test_an_export_that_only_a_stack_that_left_imports_goes_after_that_stack(
    ship: Ship, said: Said, target: Target
) -> None:
    ship(**five())
    said.events.clear()
    data = template({"Batches": table("shop-dev-batches")}, BatchesArn=export("data", "Batches"))
    api = template(
        {"Jobs": queue("shop-dev-jobs"), **uses(auth="Codes", data="Batches")}, JobsArn=export("api", "Jobs")
    )
    ship(**{key: value for key, value in five(data=data, api=api).items() if key != "scheduler"})
    ended = [e.stack for e in said.events if e.type == "AWS::CloudFormation::Stack" and e.status.endswith("_COMPLETE")]
    assert ended == ["shop-dev-data", "shop-dev-api", "shop-dev-scheduler", "shop-dev-data"]
    assert [(stack.id, change.logical_id) for stack, change in said.plans[-1].losses] == [
        ("scheduler", "Late"),
        ("data", "Items"),
    ]
    dynamodb = target.session.client("dynamodb")
    assert dynamodb.list_tables()["TableNames"] == ["shop-dev-batches", "shop-dev-codes"]
    dynamodb.close()


def test_a_stack_that_left_while_a_stranger_imports_from_it_is_refused(ship: Ship, target: Target) -> None:
    ship(**five())
    foreign = template({"Topic": topic("stranger", DisplayName=use("scheduler", "Late"))})
    target.cloudformation.create_stack(StackName="stranger", TemplateBody=json.dumps(foreign))
    target.cloudformation.get_waiter("stack_create_complete").wait(
        StackName="stranger", WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    api = template({"Jobs": queue("shop-dev-jobs"), **uses(auth="Codes", data="Items")}, JobsArn=export("api", "Jobs"))
    kept = {key: value for key, value in five(api=api).items() if key != "scheduler"}
    with pytest.raises(CumuloError, match="the stack stranger of another app imports it") as refused:
        ship(**kept)
    assert refused.value.where == "stack shop-dev-scheduler"
    assert set(statuses(target).values()) == {"CREATE_COMPLETE"}


def test_a_moved_table_is_named_as_loss_of_data(ship: Ship, said: Said, target: Target) -> None:
    ship(**five())
    auth = template({"Users": queue("shop-dev-users")}, UsersArn=export("auth", "Users"))
    monitoring = template({**five()["monitoring"]["Resources"], "Codes": table("shop-dev-codes")})
    api = template(
        {"Jobs": queue("shop-dev-jobs"), **uses(data="Items", scheduler="Late")}, JobsArn=export("api", "Jobs")
    )
    # What the api imported is let go last, after the new table would have been made.
    with pytest.raises(CumuloError, match="Codes from shop-dev-auth to shop-dev-monitoring"):
        ship(**five(auth=auth, api=api, monitoring=monitoring))
    ship(**five(auth=five()["auth"], api=api))
    ship(**five(auth=auth, api=api, monitoring=monitoring))
    (lost,) = [change for _, change in said.plans[-1].losses]
    assert (lost.logical_id, lost.action, lost.moves_to) == ("Codes", Action.DELETE, "shop-dev-monitoring")
