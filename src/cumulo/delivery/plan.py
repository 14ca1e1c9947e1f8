"""The plan of a delivery, as plain data: what would happen to each resource, and what would be lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Deleting or replacing one of these loses what a team put into it.
DATA_BEARING = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::Cognito::IdentityPool",
        "AWS::Cognito::UserPool",
        "AWS::DocDB::DBCluster",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Volume",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::FSx::FileSystem",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
        "AWS::Neptune::DBCluster",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::RDS::GlobalCluster",
        "AWS::Redshift::Cluster",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
        "AWS::Timestream::Table",
    }
)


class Action(StrEnum):
    """What happens to a resource."""

    ADD = "add"
    MODIFY = "modify"
    REPLACE = "replace"
    MAY_REPLACE = "may replace"
    DELETE = "delete"
    RELEASE = "release"  # Leaves the stack and stays as it is (DeletionPolicy: Retain).
    IMPORT = "import"


@dataclass(frozen=True)
class Change:
    """What happens to one resource.

    Parameters
    ----------
    logical_id, type
        The resource in the template.
    action
        What happens to it.
    physical_id
        What it is called in AWS now; empty when it is new.
    causes
        The properties that change: the ones that force a replacement when it is replaced.
    keeps
        What is kept of a deleted or replaced resource: ``"retained"``, ``"snapshot"`` or nothing.
    moves_to
        The stack that makes it anew, which for people looks like a move; what was in it does not come along.
    """

    logical_id: str
    type: str
    action: Action
    physical_id: str = ""
    causes: tuple[str, ...] = ()
    keeps: str = ""
    moves_to: str = ""

    @property
    def loses_data(self) -> bool:
        """Whether the app loses what is stored in it: also when a copy is kept beside the new one."""
        return self.type in DATA_BEARING and self.action in {Action.DELETE, Action.REPLACE, Action.MAY_REPLACE}


class StackAction(StrEnum):
    """What happens to a stack."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REMOVE = "remove"


@dataclass(frozen=True)
class StackPlan:
    """What happens to one stack.

    Parameters
    ----------
    id, name
        The stack's id in the app and its name in CloudFormation.
    action
        What happens to it.
    changes
        What happens to its resources.
    notes
        What else changes, a line each: outputs, termination protection.
    certain
        ``False`` when it imports what an earlier stack of the same plan has yet to export: CloudFormation
        cannot plan it before, so the changes are those between the templates.
    """

    id: str
    name: str
    action: StackAction
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    certain: bool = True

    @property
    def losses(self) -> tuple[Change, ...]:
        """The changes that lose data."""
        return tuple(change for change in self.changes if change.loses_data)


@dataclass(frozen=True)
class Plan:
    """What happens to all stacks, in the order in which it happens."""

    stacks: tuple[StackPlan, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happens."""
        return all(stack.action is StackAction.UNCHANGED and not stack.notes for stack in self.stacks)

    @property
    def losses(self) -> tuple[tuple[StackPlan, Change], ...]:
        """Every change that loses data, with its stack."""
        return tuple((stack, change) for stack in self.stacks for change in stack.losses)

    @property
    def removed(self) -> tuple[StackPlan, ...]:
        """The stacks that are deleted."""
        return tuple(stack for stack in self.stacks if stack.action is StackAction.REMOVE)

    @property
    def needs_confirmation(self) -> bool:
        """Whether somebody has to agree first: data would be lost or a stack deleted."""
        return bool(self.losses or self.removed)


def from_change_set(description: Mapping[str, Any]) -> tuple[Change, ...]:
    """Read the changes of a change set.

    Parameters
    ----------
    description
        The answer to ``DescribeChangeSet``
        (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html).

    Examples
    --------
    >>> from_change_set({"Changes": [{"ResourceChange": {"Action": "Add", "LogicalResourceId": "Table",
    ...     "ResourceType": "AWS::DynamoDB::Table"}}]})[0].action
    <Action.ADD: 'add'>
    """
    resources = (change["ResourceChange"] for change in description.get("Changes", ()) if "ResourceChange" in change)
    return tuple(_change(resource) for resource in resources)


def removal(template: Mapping[str, Any], physical_ids: Mapping[str, str]) -> tuple[Change, ...]:
    """Return what deleting a stack does to its resources.

    Parameters
    ----------
    template
        The deployed template; its deletion policies decide what stays.
    physical_ids
        The resources that the stack has: logical id → physical id.
    """
    declared: Mapping[str, Mapping[str, Any]] = template.get("Resources", {})
    return tuple(
        removed(logical_id, declared[logical_id], physical_id)
        for logical_id, physical_id in physical_ids.items()
        if logical_id in declared
    )


def removed(logical_id: str, resource: Mapping[str, Any], physical_id: str) -> Change:
    """Return what deleting one resource does, by its declaration in the deployed template."""
    keeps = kept_on_delete(resource)
    return Change(
        logical_id=logical_id,
        type=resource.get("Type", ""),
        action=Action.RELEASE if keeps == "retained" else Action.DELETE,
        physical_id=physical_id,
        keeps=keeps,
    )


def kept_on_delete(resource: Mapping[str, Any]) -> str:
    """Return what a resource's deletion policy keeps: ``"retained"``, ``"snapshot"`` or nothing.

    Without a policy CloudFormation deletes, except for databases outside of a cluster, of which it keeps a snapshot
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html).
    A policy that is not written out counts as a deletion: better to ask once too often.
    """
    in_cluster = "DBClusterIdentifier" in (resource.get("Properties") or {})
    is_database = resource.get("Type") == "AWS::RDS::DBCluster" or (
        resource.get("Type") == "AWS::RDS::DBInstance" and not in_cluster
    )
    policy = resource.get("DeletionPolicy", "Snapshot" if is_database else "Delete")
    kept = {"Retain": "retained", "RetainExceptOnCreate": "retained", "Snapshot": "snapshot"}
    return kept.get(policy, "") if isinstance(policy, str) else ""


def _change(resource: Mapping[str, Any]) -> Change:
    policy = resource.get("PolicyAction", "")
    details = resource.get("Details", ())
    action = _action(resource, policy)
    return Change(
        logical_id=resource["LogicalResourceId"],
        type=resource["ResourceType"],
        action=action,
        physical_id=resource.get("PhysicalResourceId", ""),
        causes=_causes(details, only_replacing=action in {Action.REPLACE, Action.MAY_REPLACE}),
        keeps={"Retain": "retained", "Snapshot": "snapshot"}.get(policy.removeprefix("ReplaceAnd"), ""),
    )


def _action(resource: Mapping[str, Any], policy: str) -> Action:
    match resource["Action"]:
        case "Add":
            return Action.ADD
        case "Import":
            return Action.IMPORT
        case "Remove":
            return Action.RELEASE if policy == "Retain" else Action.DELETE
    replacement = resource.get("Replacement", "False")
    if replacement == "True":
        return Action.REPLACE
    # An action that CloudFormation cannot foretell ("Dynamic", nested stacks) may be a replacement too.
    if replacement == "Conditional" or resource["Action"] == "Dynamic":
        return Action.MAY_REPLACE
    return Action.MODIFY


def _causes(details: Iterable[Mapping[str, Any]], *, only_replacing: bool) -> tuple[str, ...]:
    targets = [detail.get("Target", {}) for detail in details]
    replacing = [target for target in targets if target.get("RequiresRecreation", "Never") != "Never"]
    chosen = replacing if only_replacing and replacing else targets
    names = (target.get("Name") or target.get("Attribute", "") for target in chosen)
    return tuple(dict.fromkeys(name for name in names if name))


def describe(change: Change) -> str:
    """Return one line about a change, without its sign."""
    why = f" ({', '.join(change.causes)})" if change.causes else ""
    named = f" {change.physical_id}" if change.physical_id and change.action is not Action.MODIFY else ""
    words = {
        Action.REPLACE: f"replaced{why}",
        Action.MAY_REPLACE: f"may be replaced{why}",
        Action.MODIFY: f"modified{why}",
        Action.DELETE: "deleted",
        Action.RELEASE: "leaves the stack and is kept",
        Action.ADD: "new",
        Action.IMPORT: "imported",
    }[change.action]
    if change.action in {Action.DELETE, Action.REPLACE, Action.MAY_REPLACE} and change.keeps:
        words += ", the old one is retained" if change.keeps == "retained" else ", a snapshot is kept"
    if change.moves_to:
        words += f", and made anew in {change.moves_to}{', empty' if change.type in DATA_BEARING else ''}"
    return f"{change.logical_id} {change.type}{named}: {words}"


def lines(plan: Plan) -> Sequence[str]:
    """Return the plan as lines for people: a sign, the resource, what happens and why.

    ``+`` is new, ``~`` is modified, ``!`` is replaced, ``-`` is deleted; lines that lose data say so.
    """
    signs = {
        Action.ADD: "+",
        Action.IMPORT: "+",
        Action.MODIFY: "~",
        Action.REPLACE: "!",
        Action.MAY_REPLACE: "!",
        Action.DELETE: "-",
        Action.RELEASE: "-",
    }
    out: list[str] = []
    for stack in plan.stacks:
        uncertain = "" if stack.certain else ", planned exactly once the stacks before it are there"
        out.append(f"{stack.name}: {stack.action}{uncertain}")
        shown = stack.changes if stack.action is not StackAction.REMOVE else _worth_naming(stack.changes)
        for change in shown:
            loss = "  DATA LOSS" if change.loses_data else ""
            out.append(f"  {signs[change.action]} {describe(change)}{loss}")
        if others := len(stack.changes) - len(shown):
            out.append(f"  - {others} {'other resource' if others == 1 else 'other resources'}: deleted")
        out += [f"  ~ {note}" for note in stack.notes]
    return out


def _worth_naming(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return what a reader has to know when all of a stack goes: what loses data, and what stays."""
    return tuple(change for change in changes if change.loses_data or change.action is Action.RELEASE)
