"""What CloudFormation says while it works on a stack."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK = "AWS::CloudFormation::Stack"
# Seconds between two looks: quick at first, then slow enough for CloudFormation's request rate.
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0

_HINTS = {
    "custom-named resource requires replacing": "a resource with a fixed name cannot be replaced in place:"
    " give it another id or name, so that a new one is made beside it",
    "already exists": "something of this name exists outside of the stack: delete it, or name this one otherwise",
    "DeletionProtection": "switch the resource's deletion protection off first",
    "deletion protection": "switch the resource's deletion protection off first",
    "is not empty": "empty it first",
    "still contains images": "empty it first",
    "as it is in use by": "another stack still imports this: deploy the change to that stack first",
    "not authorized": "the credentials of the deployment need this permission",
}


@dataclass(frozen=True)
class StackEvent:
    """One event of a resource, or of the stack itself.

    Parameters
    ----------
    id
        CloudFormation's id of the event.
    stack
        The stack's name.
    logical_id, physical_id, type
        The resource.
    status
        For example ``"CREATE_COMPLETE"``.
    reason
        Why, when CloudFormation says it.
    """

    id: str
    stack: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str

    @property
    def is_failure(self) -> bool:
        """Whether the resource failed, itself and not because another one did."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason.lower()


def from_answer(event: Mapping[str, Any]) -> StackEvent:
    """Read one event of an answer to ``DescribeStackEvents``."""
    return StackEvent(
        id=event["EventId"],
        stack=event["StackName"],
        logical_id=event.get("LogicalResourceId", ""),
        physical_id=event.get("PhysicalResourceId", ""),
        type=event.get("ResourceType", ""),
        status=event.get("ResourceStatus", ""),
        reason=event.get("ResourceStatusReason", ""),
    )


def latest(client: CloudFormationClient, stack_id: str) -> str | None:
    """Return the id of a stack's newest event: what comes after it belongs to the next operation."""
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    return events[0]["EventId"] if events else None


def follow(
    client: CloudFormationClient, stack_id: str, after: str | None, report: Callable[[StackEvent], None]
) -> tuple[StackEvent, ...]:
    """Report the events of an operation until it ends.

    Parameters
    ----------
    client
        A CloudFormation client.
    stack_id
        The stack's id: a deleted stack is no longer found by its name.
    after
        The newest event before the operation began; see :func:`latest`.
    report
        Takes each event, oldest first.

    Returns
    -------
    tuple[StackEvent, ...]
        All events of the operation; the last is the stack's own and says how it ended.
    """
    seen: list[StackEvent] = []
    wait = _FIRST_WAIT
    while True:
        new = _since(client, stack_id, after)
        for event in new:
            report(event)
            seen.append(event)
            after = event.id
            if is_end(event, stack_id):
                return tuple(seen)
        time.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_WAIT)


def is_end(event: StackEvent, stack_id: str) -> bool:
    """Tell whether an event is the stack's own last one in an operation."""
    return event.type == STACK and event.physical_id == stack_id and not event.status.endswith("_IN_PROGRESS")


def failure(events: Sequence[StackEvent]) -> CumuloError:
    """Return the error for an operation that failed: the first resource that did, and why."""
    end = events[-1]
    causes = [event for event in events if event.is_failure and event.reason]
    own = [event for event in causes if event.type != STACK or event.logical_id != event.stack]
    cause = next(iter(own or causes), end)
    where = f"stack {end.stack}"
    if cause is not end:
        where += f", {cause.logical_id} ({cause.type})"
    return CumuloError(_one_line(cause.reason) or f"ended as {end.status}", where=where, hint=_hint(cause, end))


def _hint(cause: StackEvent, end: StackEvent) -> str:
    known = next((hint for text, hint in _HINTS.items() if text in cause.reason), None)
    after = {
        "ROLLBACK_COMPLETE": "nothing of the new stack was kept",
        "UPDATE_ROLLBACK_COMPLETE": "the stack is as it was before",
        "UPDATE_ROLLBACK_FAILED": "the stack is now UPDATE_ROLLBACK_FAILED, and the next deployment goes on with the"
        " rollback; what can't be rolled back is left out by `aws cloudformation continue-update-rollback"
        f" --stack-name {end.stack} --resources-to-skip …`",
    }.get(end.status, f"the stack is now {end.status}")
    return f"{known}; {after}" if known else f"{after}; mend the cause and run the command again"


def _since(client: CloudFormationClient, stack_id: str, after: str | None) -> list[StackEvent]:
    new: list[StackEvent] = []
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        # Newest come first.
        for event in page["StackEvents"]:
            if event["EventId"] == after:
                return new[::-1]
            new.append(from_answer(event))
    return new[::-1]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def in_progress(events: Iterable[StackEvent]) -> tuple[StackEvent, ...]:
    """Return the latest event of each resource that is being worked on."""
    latest = {event.logical_id: event for event in events}
    return tuple(event for event in latest.values() if event.status.endswith("_IN_PROGRESS"))
