import pytest

from cumulo.delivery import stacks
from cumulo.delivery.execute import deploy
from cumulo.delivery.plan import Action
from cumulo.delivery.remove import remove
from cumulo.delivery.session import Target
from cumulo.errors import CumuloError

from .conftest import Said, Ship, Shop
from .templates import exported, imported, table, template, topic

DATA = template(
    {"Table": table("shop-dev-table"), "Kept": table("shop-dev-kept", DeletionPolicy="Retain")},
    TableArn=exported("shop-dev-data:TableArn", {"Fn::GetAtt": ["Table", "Arn"]}),
)
API = template({"Topic": topic("shop-dev-topic", DisplayName=imported("shop-dev-data:TableArn"))})


def test_importers_go_first_and_what_is_lost_is_named(ship: Ship, shop: Shop, target: Target, said: Said) -> None:
    ship(data=DATA, api=API)
    plan = remove(shop.assembly({"data": DATA}), target, said.talk)

    assert [stack.name for stack in plan.stacks] == ["shop-dev-api", "shop-dev-data"]
    actions = {change.logical_id: change.action for change in plan.stacks[1].changes}
    assert actions == {"Table": Action.DELETE, "Kept": Action.RELEASE}
    assert [change.physical_id for _, change in plan.losses] == ["shop-dev-table"]
    assert stacks.all_deployed(target) == {}


def test_removing_what_is_not_there_does_nothing(shop: Shop, target: Target, said: Said) -> None:
    assert remove(shop.assembly({"data": DATA}), target, said.talk).stacks == ()
    assert said.plans == []


def test_without_a_confirmation_nothing_is_deleted(ship: Ship, shop: Shop, target: Target, said: Said) -> None:
    ship(data=DATA)
    said.answer = False
    with pytest.raises(CumuloError, match="not confirmed"):
        remove(shop.assembly({"data": DATA}), target, said.talk)
    assert "shop-dev-data" in stacks.all_deployed(target)


def test_a_protected_stack_is_a_clear_error(shop: Shop, target: Target, said: Said) -> None:
    protected = shop.assembly({"data": DATA}, termination_protection=True)
    deploy(protected, target, said.talk)
    with pytest.raises(CumuloError, match="has termination protection"):
        remove(protected, target, said.talk)
    assert "shop-dev-data" in stacks.all_deployed(target)


def test_a_stage_can_be_deployed_again_after_it_was_removed(ship: Ship, shop: Shop, target: Target, said: Said) -> None:
    ship(api=template({"Topic": topic("shop-dev-topic")}))
    remove(shop.assembly({}), target, said.talk)
    assert ship(api=template({"Topic": topic("shop-dev-topic")})).stacks[0].action == "create"


def test_what_cannot_be_deleted_is_named(ship: Ship, shop: Shop, target: Target, said: Said) -> None:
    images = template({"Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "shop-dev"}}})
    ship(images=images)
    ecr = target.session.client("ecr")
    ecr.put_image(repositoryName="shop-dev", imageManifest="{}", imageTag="latest")
    with pytest.raises(CumuloError) as failure:
        remove(shop.assembly({"images": images}), target, said.talk)
    assert failure.value.where == "stack shop-dev-images, Images (AWS::ECR::Repository)"
    assert "empty it first" in (failure.value.hint or "")

    with pytest.raises(CumuloError, match="DELETE_FAILED and can only be deleted"):
        ship(images=images)
    ecr.batch_delete_image(repositoryName="shop-dev", imageIds=[{"imageTag": "latest"}])
    ecr.close()
    remove(shop.assembly({"images": images}), target, said.talk)
    assert stacks.all_deployed(target) == {}
