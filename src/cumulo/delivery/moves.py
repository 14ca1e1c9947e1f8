"""Resources that move from one stack to another: CloudFormation knows no such thing.

For CloudFormation one stack deletes a resource and another makes one anew, which is empty. Moving a resource with what
is in it is a stack refactoring, beside any deployment
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-refactoring.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cumulo.assembly import Template
from cumulo.delivery.plan import DATA_BEARING, Action, Change, StackPlan
from cumulo.errors import CumuloError

# Types of which an account has one of each name in a region, and the property that names it.
_NAMED_BY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}


@dataclass(frozen=True)
class Passage:
    """One stack of a plan, with its templates.

    Parameters
    ----------
    plan
        What happens to it.
    before, after
        Its template as it is deployed, and as it will be.
    """

    plan: StackPlan
    before: Template
    after: Template


def marked(passages: Sequence[Passage]) -> tuple[StackPlan, ...]:
    """Return the plans with every resource that moves marked as such.

    Parameters
    ----------
    passages
        The stacks, in the order in which they change.

    Raises
    ------
    CumuloError
        When a move cannot succeed: the name of what moves is still taken when the new one is made.
    """
    plans = [passage.plan for passage in passages]
    moves = list(_moves(passages))
    impossible = [(start, change, end) for start, change, end in moves if _is_taken(passages, start, change, end)]
    if impossible:
        raise _refusal([(plans[start], change, plans[end]) for start, change, end in impossible])
    for start, change, end in moves:
        moved = replace(change, moves_to=plans[end].name)
        changes = tuple(moved if each is change else each for each in plans[start].changes)
        plans[start] = replace(plans[start], changes=changes)
    return tuple(plans)


def _moves(passages: Sequence[Passage]) -> Iterator[tuple[int, Change, int]]:
    """Yield the index of the stack that a resource leaves, the change there, and that of the stack it comes to."""
    for start, leaving in enumerate(passages):
        for change in leaving.plan.changes:
            if change.action not in {Action.DELETE, Action.RELEASE}:
                continue
            old = _resources(leaving.before).get(change.logical_id, {})
            for end, coming in enumerate(passages):
                if coming.plan.name != leaving.plan.name and _has(coming, change, old):
                    yield start, change, end
                    break


def _has(passage: Passage, change: Change, old: Mapping[str, Any]) -> bool:
    """Tell whether a stack makes a resource that is there already in another one."""
    added = (each.logical_id for each in passage.plan.changes if each.action is Action.ADD and each.type == change.type)
    for logical_id in added:
        new = _resources(passage.after).get(logical_id, {})
        if logical_id == change.logical_id or (_name(old) is not None and _name(old) == _name(new)):
            return True
    return False


def _is_taken(passages: Sequence[Passage], start: int, change: Change, end: int) -> bool:
    """Tell whether the old resource still has the name that the new one is to get."""
    old = _resources(passages[start].before).get(change.logical_id, {})
    names = [_name(each) for each in _resources(passages[end].after).values() if each.get("Type") == change.type]
    if _name(old) is None or _name(old) not in names:
        return False
    return end < start or change.action is Action.RELEASE


def _refusal(moves: Sequence[tuple[StackPlan, Change, StackPlan]]) -> CumuloError:
    said = "; ".join(f"{change.logical_id} from {start.name} to {end.name}" for start, change, end in moves)
    holds_data = any(change.type in DATA_BEARING for _, change, _ in moves)
    first, change, end = moves[0]
    loss = "it would have to be deleted first, which loses its data" if holds_data else "it has to be deleted first"
    refactoring = (
        "move it with its data by `aws cloudformation create-stack-refactor`"
        " (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-refactoring.html), "
        if holds_data
        else ""
    )
    return CumuloError(
        f"cannot move between stacks, as its name is taken until the old one is gone: {said}; {loss}",
        where=f"stack {first.name}, {change.logical_id} ({change.type})",
        hint=f"{refactoring}{'or ' if refactoring else ''}leave it where it is,"
        f" give it another id in {end.name}, or deploy once without it",
    )


def _resources(template: Template) -> Mapping[str, Mapping[str, Any]]:
    resources: Mapping[str, Mapping[str, Any]] = template.get("Resources") or {}
    return resources


def _name(resource: Mapping[str, Any]) -> Any:
    """Return the name that no other resource of its type may have, as the template writes it; ``None`` without one."""
    return (resource.get("Properties") or {}).get(_NAMED_BY.get(resource.get("Type", "")))
