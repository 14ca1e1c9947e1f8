import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from cumulo.delivery import stacks
from cumulo.delivery.events import StackEvent
from cumulo.delivery.execute import deploy
from cumulo.delivery.invoke import invoke
from cumulo.delivery.plan import Action, StackAction
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError

from .conftest import Said, Ship, Shop
from .templates import exported, function, imported, never, queue, table, template, topic

ARN = "shop-dev-data:TableArn"


def data(name: str = "shop-dev-table", **more: object) -> dict:
    return template({"Table": table(name), **more}, TableArn=exported(ARN, {"Fn::GetAtt": ["Table", "Arn"]}))


def api(**properties: object) -> dict:
    return template(
        {"Topic": topic("shop-dev-topic", DisplayName=imported(ARN), **properties)}, Arn={"Value": {"Ref": "Topic"}}
    )


def zipped(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", code)
    return packed.getvalue()


def waiting_change_sets(target: Target, stack: str) -> list[str]:
    summaries = target.cloudformation.list_change_sets(StackName=stack)["Summaries"]
    return [each["ChangeSetName"] for each in summaries if each["ExecutionStatus"] != "EXECUTE_COMPLETE"]


def test_a_first_deployment_creates_stacks_that_import_from_each_other(ship: Ship, said: Said, target: Target) -> None:
    done = ship(data=data(), api=api())

    assert done.changed
    assert [(each.id, each.action) for each in done.stacks] == [("data", "create"), ("api", "create")]
    assert done.stacks[1].outputs["Arn"].endswith(":shop-dev-topic")
    first, second = said.plans[0].stacks
    assert (first.certain, second.certain) == (True, False)
    assert [change.action for change in second.changes] == [Action.ADD]
    assert len(said.plans) == 1
    assert stacks.one(target, "shop-dev-api").tags == {"Application": "shop", "Environment": "dev"}


def test_a_second_deployment_with_nothing_changed_does_nothing(ship: Ship, said: Said, target: Target) -> None:
    ship(data=data(), api=api())
    said.plans.clear()
    said.events.clear()

    done = ship(data=data(), api=api())
    assert not done.changed
    assert (said.plans, said.events) == ([], [])
    # The outputs are shown all the same, and no change set is left behind.
    assert done.stacks[1].outputs["Arn"].endswith(":shop-dev-topic")
    assert waiting_change_sets(target, "shop-dev-data") == []


def test_a_stack_that_exists_is_planned_by_cloudformation(ship: Ship, said: Said) -> None:
    ship(data=data(), api=api())
    ship(data=data(), api=api(Tags=[{"Key": "team", "Value": "a"}]))
    (change,) = said.plans[-1].stacks[1].changes
    assert said.plans[-1].stacks[1].certain
    assert change.logical_id == "Topic"
    assert change.causes == ("Tags",)


def test_a_replaced_table_is_named_and_refused(ship: Ship, said: Said, target: Target) -> None:
    ship(data=template({"Table": table()}))
    said.answer = False
    with pytest.raises(CumuloError, match="not confirmed"):
        ship(data=template({"Table": table(key="ID")}))

    (stack, change), *_ = said.plans[-1].losses
    assert (stack.name, change.logical_id) == ("shop-dev-data", "Table")
    assert change.action in {Action.REPLACE, Action.MAY_REPLACE}
    assert "KeySchema" in change.causes
    assert stacks.one(target, "shop-dev-data").status == "CREATE_COMPLETE"
    assert waiting_change_sets(target, "shop-dev-data") == []


def test_a_deleted_table_is_named_and_a_retained_one_is_not(ship: Ship, said: Said) -> None:
    gone, kept = table("shop-dev-gone"), table("shop-dev-kept", DeletionPolicy="Retain")
    ship(data=template({"Topic": topic("shop-dev-topic"), "Gone": gone, "Kept": kept}))
    ship(data=template({"Topic": topic("shop-dev-topic")}))
    assert [change.logical_id for _, change in said.plans[-1].losses] == ["Gone"]
    actions = {change.logical_id: change.action for change in said.plans[-1].stacks[0].changes}
    assert actions == {"Gone": Action.DELETE, "Kept": Action.RELEASE}


def test_refusing_the_first_plan_leaves_nothing_behind(ship: Ship, said: Said, target: Target) -> None:
    said.answer = False
    with pytest.raises(CumuloError, match="not confirmed"):
        ship(data=data(), api=api())
    assert stacks.all_deployed(target) == {}


def test_a_failure_names_the_first_failed_resource(ship: Ship, said: Said, target: Target) -> None:
    with pytest.raises(CumuloError) as failure:
        ship(data=data(), api=template({"Topic": topic("shop-dev-topic"), **never("Topic")}))
    assert failure.value.where == "stack shop-dev-api, Never (AWS::CloudFormation::WaitCondition)"
    assert "timed out" in failure.value.what
    assert "nothing of the new stack was kept" in (failure.value.hint or "")
    assert stacks.one(target, "shop-dev-data").status == "CREATE_COMPLETE"


def test_the_next_deployment_continues_after_a_failed_creation(ship: Ship, said: Said, target: Target) -> None:
    retained = table("shop-dev-kept", DeletionPolicy="Retain")
    with pytest.raises(CumuloError):
        ship(data=template({"Kept": retained, **never("Kept")}))
    assert stacks.one(target, "shop-dev-data").status == "ROLLBACK_COMPLETE"

    done = ship(data=template({"Kept": retained}))
    assert done.stacks[0].action is StackAction.CREATE
    assert "shop-dev-data: its first creation failed; deleting what is left of it" in said.lines
    assert stacks.one(target, "shop-dev-data").status == "CREATE_COMPLETE"


def test_a_failed_update_is_rolled_back_and_the_next_one_works(ship: Ship, target: Target) -> None:
    before = template({"Topic": topic("shop-dev-topic")})
    ship(api=before)
    with pytest.raises(CumuloError) as failure:
        ship(api=template({"Topic": topic("shop-dev-topic", DisplayName="x"), **never("Topic")}))
    assert "the stack is as it was before" in (failure.value.hint or "")
    assert stacks.one(target, "shop-dev-api").status == "UPDATE_ROLLBACK_COMPLETE"
    assert ship(api=template({"Topic": topic("shop-dev-topic", DisplayName="y")})).changed


def test_a_stack_that_is_being_worked_on_is_a_clear_error(ship: Ship, target: Target) -> None:
    import json

    target.cloudformation.create_stack(StackName="shop-dev-api", TemplateBody=json.dumps(template(never(seconds=3))))
    with pytest.raises(CumuloError, match=r"still working on it \(CREATE_IN_PROGRESS\)"):
        ship(api=template({"Topic": topic("shop-dev-topic")}))


def test_a_stack_that_left_the_app_is_removed_after_its_importers(ship: Ship, said: Said, target: Target) -> None:
    ship(data=data(), api=api())
    said.events.clear()
    ship(web=template({"Topic": topic("shop-dev-web")}))
    assert [stack.name for stack in said.plans[-1].removed] == ["shop-dev-api", "shop-dev-data"]
    assert [change.logical_id for _, change in said.plans[-1].losses] == ["Table"]
    assert sorted(stacks.all_deployed(target)) == ["shop-dev-web"]


def test_an_export_stays_until_nobody_imports_it(ship: Ship, said: Said, target: Target) -> None:
    """An export in use can be neither changed nor deleted.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    """
    ship(data=data(), api=api())
    other = template(
        {"Table": table("shop-dev-table"), "Other": table("shop-dev-other")},
        OtherArn=exported("shop-dev-data:OtherArn", {"Fn::GetAtt": ["Other", "Arn"]}),
    )
    now = template({"Topic": topic("shop-dev-topic", DisplayName=imported("shop-dev-data:OtherArn"))})
    assert ship(data=other, api=now).changed
    names = [(stack.name, stack.notes) for stack in said.plans[-1].stacks]
    assert names[-1] == ("shop-dev-data", (f"no longer exports {ARN}",))
    assert stacks.importers(target.cloudformation, "shop-dev-data:OtherArn") == ("shop-dev-api",)


def test_an_export_that_another_app_imports_is_a_clear_error(ship: Ship, target: Target) -> None:
    import json

    ship(data=data())
    target.cloudformation.create_stack(StackName="stranger", TemplateBody=json.dumps(api()))
    target.cloudformation.get_waiter("stack_create_complete").wait(
        StackName="stranger", WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    with pytest.raises(CumuloError, match="the stack stranger of another app imports it"):
        ship(data=template({"Table": table("shop-dev-table")}))


def test_termination_protection_follows_the_declaration(shop: Shop, target: Target, said: Said) -> None:
    stack = {"api": template({"Topic": topic("shop-dev-topic")})}
    deploy(shop.assembly(stack, termination_protection=True), target, said.talk)
    assert stacks.one(target, "shop-dev-api").termination_protection
    assert not stacks.importers(target.cloudformation, "nothing")

    deploy(shop.assembly(stack, termination_protection=False), target, said.talk)
    assert said.plans[-1].stacks[0].notes == ("termination protection off",)
    assert not stacks.one(target, "shop-dev-api").termination_protection


def test_a_protected_stack_that_left_the_app_is_a_clear_error(shop: Shop, target: Target, said: Said) -> None:
    queues = template({"Queue": queue("shop-dev-queue")})
    deploy(shop.assembly({"queues": queues}, termination_protection=True), target, said.talk)
    with pytest.raises(CumuloError, match="termination protection"):
        deploy(shop.assembly({"api": template({"Topic": topic("t")})}), target, said.talk)
    assert stacks.all_deployed(target).keys() == {"shop-dev-queues"}


def test_a_template_above_the_limit_of_a_request_is_deployed(ship: Ship) -> None:
    """A template in a request may have 51,200 bytes, in S3 1 MB.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    topics = {f"Topic{n}": topic(f"shop-dev-{n}", DisplayName="x" * 100) for n in range(400)}
    assert ship(api=template(topics)).changed


def test_a_template_that_is_refused_is_a_clear_error(ship: Ship, target: Target) -> None:
    with pytest.raises(CumuloError, match="CreateChangeSet failed"):
        ship(api=template({"What": {"Type": "AWS::Nothing::Such"}}))
    assert stacks.all_deployed(target) == {}


def test_code_is_uploaded_before_the_function_is_created(ship: Ship, shop: Shop, target: Target) -> None:
    packed = zipped("def handler(event, context):\n    return event\n")
    key = shop.asset(packed)
    ship(api=template({"Function": function("shop-dev-echo", key)}))
    bucket = f"cumulo-assets-{target.account}-eu-central-1"
    assert target.s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(packed)


def test_a_failed_rollback_is_continued(ship: Ship, shop: Shop, target: Target, said: Said) -> None:
    """A rollback that failed can be continued once its cause is mended.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
    """
    logs = target.session.client("logs")
    logs.create_log_group(logGroupName="shop")

    def version(pattern: str, **more: Any) -> dict[str, Any]:
        transformation = {"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}
        properties = {"LogGroupName": "shop", "FilterPattern": pattern, "MetricTransformations": [transformation]}
        return template({"Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": properties}, **more})

    def sabotage(event: StackEvent) -> None:
        if event.logical_id == "Never" and event.status.endswith("_IN_PROGRESS"):
            logs.delete_log_group(logGroupName="shop")

    ship(api=version("one"))
    after = shop.assembly({"api": version("two", **never("Filter", seconds=2))})
    with pytest.raises(CumuloError) as failure:
        deploy(after, target, replace(said.talk, event=sabotage))
    assert "UPDATE_ROLLBACK_FAILED" in (failure.value.hint or "")

    logs.create_log_group(logGroupName="shop")
    logs.close()
    said.lines.clear()
    assert ship(api=version("three")).changed
    assert "shop-dev-api: the rollback of an earlier update failed; continuing it" in said.lines


def test_a_deployed_function_is_called(ship: Ship, shop: Shop, target: Target) -> None:
    packed = zipped("def handler(event, context):\n    return event['n'] + 1\n")
    stack = template({"EchoFunction": function("shop-dev-echo", shop.asset(packed))})
    ship(api=stack)
    made = shop.assembly({"api": stack})
    for name in ("shop-dev-echo", "echo", "EchoFunction"):
        answer = invoke(made, target, name, b'{"n": 1}')
        assert (answer["payload"], answer["functionError"]) == (b"2", None)
    assert invoke(made, target, "echo", b"{}")["functionError"] == "Unhandled"
    with pytest.raises(CumuloError, match="there is no function 'other'"):
        invoke(made, target, "other", b"{}")


def test_a_function_that_is_not_deployed_is_a_clear_error(shop: Shop, target: Target) -> None:
    made = shop.assembly({"api": template({"Echo": function("shop-dev-echo", "elsewhere.zip")})})
    with pytest.raises(CumuloError, match="the function is not deployed"):
        invoke(made, target, "echo", b"{}")
