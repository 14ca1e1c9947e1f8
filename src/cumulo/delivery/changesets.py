"""Change sets: what CloudFormation would do to one stack, and doing it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cumulo.assembly import StackArtifact, Template
from cumulo.delivery import differ, events, stacks
from cumulo.delivery.differ import PartDiff
from cumulo.delivery.events import StackEvent
from cumulo.delivery.plan import Action, Change, StackAction, StackPlan, from_change_set, removed
from cumulo.delivery.session import Target, error_of
from cumulo.delivery.stacks import Deployed
from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef

_PENDING = {"CREATE_PENDING", "CREATE_IN_PROGRESS"}
# The two ways in which CloudFormation says that there is nothing to do.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
# A stack whose first creation failed holds nothing and can only be deleted.
_FAILED_CREATION = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


@dataclass(frozen=True)
class ChangeSet:
    """A change set that CloudFormation has planned and that can be executed.

    Parameters
    ----------
    id
        Its ARN.
    stack_id
        The stack's ARN; a stack in review when the change set would create it.
    plan
        What it would do.
    """

    id: str
    stack_id: str
    plan: StackPlan


def recover(target: Target, deployed: Deployed, say: Callable[[str], None]) -> Deployed | None:
    """Bring a stack that an earlier delivery left behind into a state that can be deployed.

    A first creation that failed leaves a stack that can only be deleted; an update whose rollback failed
    has its rollback continued
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html).

    Parameters
    ----------
    target
        Where the stack is.
    deployed
        The stack as it was found.
    say
        Takes a line when something has to be done.

    Returns
    -------
    Deployed or None
        The stack to update, or ``None`` when it has to be created.

    Raises
    ------
    CumuloError
        When somebody else is working on the stack, or it cannot be recovered.
    """
    status = deployed.status
    if not deployed.exists:
        return None
    if status.endswith("_IN_PROGRESS"):
        raise CumuloError(
            f"CloudFormation is still working on it ({status})",
            where=f"stack {deployed.name}",
            hint="wait until it has finished, then run the command again; watch it with"
            f" `aws cloudformation describe-stack-events --stack-name {deployed.name} --region {target.region}`",
        )
    if status in _FAILED_CREATION:
        say(f"{deployed.name}: its first creation failed; deleting what is left of it")
        delete(target, deployed, lambda _: None)
        return None
    if status == "UPDATE_ROLLBACK_FAILED":
        return _continue_rollback(target, deployed, say)
    if status in {"DELETE_FAILED", "CREATE_FAILED"}:
        raise CumuloError(
            f"the stack is {status} and can only be deleted",
            where=f"stack {deployed.name}",
            hint="run `cumulo remove`, or delete this stack, then deploy again",
        )
    return deployed


def prepare(
    target: Target, stack: StackArtifact, deployed: Deployed | None, template_url: str, tags: dict[str, str]
) -> ChangeSet | None:
    """Have CloudFormation plan the change of one stack.

    Parameters
    ----------
    target
        Where the stack is.
    stack
        What it is to be.
    deployed
        What it is now; ``None`` when it has to be created.
    template_url
        Where its template was uploaded to.
    tags
        The stack's tags.

    Returns
    -------
    ChangeSet or None
        ``None`` when nothing would change.

    Raises
    ------
    CumuloError
        When CloudFormation refuses the template.
    """
    capabilities: list[CapabilityType] = ["CAPABILITY_NAMED_IAM"]
    if "Transform" in stack.template:
        capabilities.append("CAPABILITY_AUTO_EXPAND")
    answer = target.cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName=f"cumulo-{uuid.uuid4().hex}",
        ChangeSetType="UPDATE" if deployed else "CREATE",
        TemplateURL=template_url,
        Capabilities=capabilities,
        Tags=[{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    )
    description = _planned(target, answer["Id"])
    if description["Status"] == "FAILED":
        discard(target, answer["Id"], answer["StackId"])
        reason = description.get("StatusReason", "")
        if any(text in reason for text in _NO_CHANGES):
            return None
        raise CumuloError(f"CloudFormation cannot plan it: {' '.join(reason.split())}", where=f"stack {stack.name}")
    changes = from_change_set({"Changes": _all_changes(target, answer["Id"])})
    notes = () if changes else ("outputs or tags",)
    action = StackAction.UPDATE if deployed else StackAction.CREATE
    plan = StackPlan(stack.id, stack.name, action, changes, notes)
    return ChangeSet(answer["Id"], answer["StackId"], plan)


def execute(target: Target, change_set: ChangeSet, report: Callable[[StackEvent], None]) -> None:
    """Execute a change set and follow it to its end.

    When a creation fails, CloudFormation also deletes new resources that are to be retained later: otherwise
    their names would be taken when the stack is created again
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html).

    Raises
    ------
    CumuloError
        When it fails: names the first resource that did, and its reason.
    """
    from botocore.exceptions import ClientError

    name = change_set.plan.name
    client = target.cloudformation
    newest = events.latest(client, change_set.stack_id)
    try:
        client.execute_change_set(ChangeSetName=change_set.id, ClientRequestToken=_token(), RetainExceptOnCreate=True)
    except ClientError as error:
        if error_of(error)[0] in {"InvalidChangeSetStatus", "ChangeSetNotFound"}:
            raise CumuloError(
                "somebody else changed it after it was planned",
                where=f"stack {name}",
                hint="run the command again to plan anew",
            ) from None
        raise
    happened = events.follow(client, change_set.stack_id, newest, report)
    if happened[-1].status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise events.failure(happened)


def delete(target: Target, deployed: Deployed, report: Callable[[StackEvent], None]) -> None:
    """Delete a stack and follow it to its end.

    Raises
    ------
    CumuloError
        When it fails: names the first resource that did, and its reason.
    """
    client = target.cloudformation
    newest = events.latest(client, deployed.id)
    client.delete_stack(StackName=deployed.id, ClientRequestToken=_token())
    happened = events.follow(client, deployed.id, newest, report)
    if happened[-1].status != "DELETE_COMPLETE":
        raise events.failure(happened)


def discard(target: Target, change_set_id: str, stack_id: str) -> None:
    """Delete a change set that will not be executed, and the empty stack that it was made for."""
    target.cloudformation.delete_change_set(ChangeSetName=change_set_id, StackName=stack_id)
    deployed = stacks.one(target, stack_id)
    if not deployed.exists:
        delete(target, deployed, lambda _: None)


def foreseen(stack: StackArtifact, before: Template | None) -> StackPlan:
    """Return what the templates say will change, for a stack that CloudFormation cannot plan yet.

    Parameters
    ----------
    stack
        What it is to be.
    before
        Its template until then; ``None`` when it has to be created.
    """
    parts = differ.compare(before or {}, stack.template)
    changes = tuple(_foreseen(part, before or {}) for part in parts if part.kind == "resource")
    action = StackAction.CREATE if before is None else StackAction.UPDATE
    return StackPlan(stack.id, stack.name, action, changes, certain=False)


def _foreseen(part: PartDiff, before: Template) -> Change:
    if part.sign == "-":
        return removed(part.name, before["Resources"][part.name], "")
    action = Action.ADD if part.sign == "+" else Action.MODIFY
    causes = tuple(
        dict.fromkeys(difference.path.split(".")[1] for difference in part.differences if "." in difference.path)
    )
    return Change(part.name, part.type, action, causes=causes)


def _planned(target: Target, change_set_id: str) -> DescribeChangeSetOutputTypeDef:
    wait = 0.1
    while True:
        description = target.cloudformation.describe_change_set(ChangeSetName=change_set_id)
        if description["Status"] not in _PENDING:
            return description
        time.sleep(wait)
        wait = min(wait * 1.5, 2.0)


def _all_changes(target: Target, change_set_id: str) -> list[Any]:
    pages = target.cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set_id)
    return [change for page in pages for change in page["Changes"]]


def _continue_rollback(target: Target, deployed: Deployed, say: Callable[[str], None]) -> Deployed:
    say(f"{deployed.name}: the rollback of an earlier update failed; continuing it")
    client = target.cloudformation
    newest = events.latest(client, deployed.id)
    client.continue_update_rollback(StackName=deployed.id, ClientRequestToken=_token())
    happened = events.follow(client, deployed.id, newest, lambda _: None)
    if happened[-1].status != "UPDATE_ROLLBACK_COMPLETE":
        raise events.failure(happened)
    return stacks.one(target, deployed.id)


def _token() -> str:
    # Makes a repeated request, after a lost answer, the same operation.
    return f"cumulo-{uuid.uuid4()}"
