from typing import Any

import pytest

from cumulo.delivery.plan import (
    Action,
    Change,
    Plan,
    StackAction,
    StackPlan,
    from_change_set,
    kept_on_delete,
    lines,
    removal,
)

# An answer to DescribeChangeSet, in the form that
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html gives it.
ANSWER: dict[str, Any] = {
    "ChangeSetName": "cumulo-1",
    "Status": "CREATE_COMPLETE",
    "Changes": [
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Modify",
                "PolicyAction": "ReplaceAndDelete",
                "LogicalResourceId": "Table",
                "PhysicalResourceId": "items-dev-table",
                "ResourceType": "AWS::DynamoDB::Table",
                "Replacement": "True",
                "Scope": ["Properties", "Tags"],
                "Details": [
                    {
                        "Target": {"Attribute": "Properties", "Name": "KeySchema", "RequiresRecreation": "Always"},
                        "Evaluation": "Static",
                        "ChangeSource": "DirectModification",
                    },
                    {
                        "Target": {"Attribute": "Properties", "Name": "BillingMode", "RequiresRecreation": "Never"},
                        "Evaluation": "Static",
                        "ChangeSource": "DirectModification",
                    },
                    {"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}, "Evaluation": "Static"},
                ],
            },
        },
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Modify",
                "LogicalResourceId": "Create",
                "PhysicalResourceId": "items-dev-create",
                "ResourceType": "AWS::Lambda::Function",
                "Replacement": "False",
                "Scope": ["Properties"],
                "Details": [
                    {
                        "Target": {"Attribute": "Properties", "Name": "Code", "RequiresRecreation": "Never"},
                        "Evaluation": "Static",
                        "ChangeSource": "DirectModification",
                    },
                    {
                        "Target": {"Attribute": "Properties", "Name": "Environment", "RequiresRecreation": "Never"},
                        "Evaluation": "Dynamic",
                        "ChangeSource": "ResourceReference",
                        "CausingEntity": "Table",
                    },
                ],
            },
        },
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Add",
                "LogicalResourceId": "Jobs",
                "ResourceType": "AWS::SQS::Queue",
                "Scope": [],
                "Details": [],
            },
        },
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Remove",
                "PolicyAction": "Delete",
                "LogicalResourceId": "Photos",
                "PhysicalResourceId": "items-dev-photos",
                "ResourceType": "AWS::S3::Bucket",
                "Scope": [],
                "Details": [],
            },
        },
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Remove",
                "PolicyAction": "Retain",
                "LogicalResourceId": "Archive",
                "PhysicalResourceId": "items-dev-archive",
                "ResourceType": "AWS::S3::Bucket",
                "Scope": [],
                "Details": [],
            },
        },
    ],
}


def change(**resource: Any) -> Change:
    base = {"Action": "Modify", "LogicalResourceId": "X", "ResourceType": "AWS::DynamoDB::Table"}
    return from_change_set({"Changes": [{"ResourceChange": base | resource}]})[0]


def test_the_changes_of_a_change_set() -> None:
    table, function, jobs, photos, archive = from_change_set(ANSWER)
    assert table == Change("Table", "AWS::DynamoDB::Table", Action.REPLACE, "items-dev-table", causes=("KeySchema",))
    assert function.action is Action.MODIFY
    assert function.causes == ("Code", "Environment")
    assert jobs == Change("Jobs", "AWS::SQS::Queue", Action.ADD)
    assert photos.action is Action.DELETE
    assert (archive.action, archive.keeps) == (Action.RELEASE, "retained")


def test_what_loses_data() -> None:
    table, function, jobs, photos, archive = from_change_set(ANSWER)
    assert [c.loses_data for c in (table, function, jobs, photos, archive)] == [True, False, False, True, False]


def test_a_conditional_replacement_may_replace() -> None:
    """``Conditional``: whether it is replaced depends on values that are known only when it is executed.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
    """
    found = change(
        Replacement="Conditional",
        Details=[{"Target": {"Attribute": "Properties", "Name": "TableName", "RequiresRecreation": "Always"}}],
    )
    assert (found.action, found.causes, found.loses_data) == (Action.MAY_REPLACE, ("TableName",), True)


def test_an_action_that_cannot_be_foretold_may_replace() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html"""
    assert change(Action="Dynamic").action is Action.MAY_REPLACE


def test_replacing_a_retained_table_still_loses_its_data_for_the_app() -> None:
    found = change(Replacement="True", PolicyAction="ReplaceAndRetain")
    assert (found.keeps, found.loses_data) == ("retained", True)


def test_a_change_of_the_type_or_of_nothing_named() -> None:
    assert change(Replacement="True").causes == ()


@pytest.mark.parametrize(
    ("resource", "kept"),
    [
        ({"Type": "AWS::DynamoDB::Table"}, ""),
        ({"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Delete"}, ""),
        ({"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain"}, "retained"),
        ({"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "RetainExceptOnCreate"}, "retained"),
        ({"Type": "AWS::RDS::DBCluster"}, "snapshot"),
        ({"Type": "AWS::RDS::DBCluster", "DeletionPolicy": "Delete"}, ""),
        ({"Type": "AWS::RDS::DBInstance"}, "snapshot"),
        ({"Type": "AWS::RDS::DBInstance", "Properties": {"DBClusterIdentifier": "c"}}, ""),
        ({"Type": "AWS::S3::Bucket", "DeletionPolicy": {"Fn::If": ["Prod", "Retain", "Delete"]}}, ""),
    ],
)
def test_deletion_policies(resource: dict[str, Any], kept: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"""
    assert kept_on_delete(resource) == kept


def test_the_removal_of_a_stack_counts_only_what_it_has() -> None:
    template = {"Resources": {"A": {"Type": "AWS::SQS::Queue"}, "B": {"Type": "AWS::SQS::Queue"}}}
    assert [(c.logical_id, c.physical_id) for c in removal(template, {"A": "https://queue"})] == [
        ("A", "https://queue")
    ]


def test_a_plan_is_empty_when_nothing_happens() -> None:
    same = StackPlan("api", "shop-dev-api", StackAction.UNCHANGED)
    assert Plan((same,)).is_empty
    noted = StackPlan("api", "shop-dev-api", StackAction.UNCHANGED, notes=("termination protection on",))
    assert not Plan((same, noted)).is_empty


def test_what_needs_a_confirmation() -> None:
    harmless = StackPlan("api", "a", StackAction.UPDATE, (Change("F", "AWS::Lambda::Function", Action.DELETE),))
    assert not Plan((harmless,)).needs_confirmation
    assert Plan((harmless, StackPlan("old", "o", StackAction.REMOVE))).needs_confirmation
    losing = StackPlan("data", "d", StackAction.UPDATE, (Change("T", "AWS::DynamoDB::Table", Action.DELETE),))
    assert Plan((losing,)).needs_confirmation


def test_a_plan_as_lines() -> None:
    later = StackPlan("api", "items-dev-api", StackAction.UPDATE, notes=("termination protection on",), certain=False)
    plan = Plan((StackPlan("data", "items-dev-data", StackAction.UPDATE, from_change_set(ANSWER)), later))
    assert lines(plan) == [
        "items-dev-data: update",
        "  ! Table AWS::DynamoDB::Table items-dev-table: replaced (KeySchema)  DATA LOSS",
        "  ~ Create AWS::Lambda::Function: modified (Code, Environment)",
        "  + Jobs AWS::SQS::Queue: new",
        "  - Photos AWS::S3::Bucket items-dev-photos: deleted  DATA LOSS",
        "  - Archive AWS::S3::Bucket items-dev-archive: leaves the stack and is kept",
        "items-dev-api: update, planned exactly once the stacks before it are there",
        "  ~ termination protection on",
    ]


def test_of_a_removed_stack_only_what_is_lost_or_stays_is_named() -> None:
    changes = (
        Change("F", "AWS::Lambda::Function", Action.DELETE),
        Change("T", "AWS::DynamoDB::Table", Action.DELETE, "shop-dev-t"),
        Change("B", "AWS::S3::Bucket", Action.RELEASE, "shop-dev-b", keeps="retained"),
    )
    assert lines(Plan((StackPlan("data", "shop-dev-data", StackAction.REMOVE, changes),))) == [
        "shop-dev-data: remove",
        "  - T AWS::DynamoDB::Table shop-dev-t: deleted  DATA LOSS",
        "  - B AWS::S3::Bucket shop-dev-b: leaves the stack and is kept",
        "  - 1 other resource: deleted",
    ]
