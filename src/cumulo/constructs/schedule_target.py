"""What a schedule needs beside itself: a role that may invoke its target, and a place for events that fail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from troposphere import Sub, awslambda, iam

from cumulo.constructs.function import ROLE_NAME_LIMIT, Function
from cumulo.constructs.queue import Queue
from cumulo.model.checks import check_duration, check_type
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link
from cumulo.model.names import physical
from cumulo.model.references import Arn
from cumulo.model.units import days, hours, minutes

LONGEST_AGE = days(1)
MOST_RETRIES = 185
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
LONGEST_EVENT_AGE = hours(6)
MOST_EVENT_RETRIES = 2


def check_target(
    construct: Construct, target: Function, retries: int | None, max_age: timedelta | None, dead_letters: Queue | None
) -> None:
    """Refuse a target, or what is to be done when it fails, that the Scheduler refuses.

    Parameters
    ----------
    construct
        The schedule or group.
    target, retries, max_age, dead_letters
        As of a :class:`~cumulo.constructs.schedule.Schedule`.

    Raises
    ------
    CumuloError
        When one is of the wrong type or out of range.
    """
    check_type(construct.where, "target", target, Function, "a Function", "pass the Function that is invoked")
    if dead_letters is not None:
        check_type(construct.where, "dead_letters", dead_letters, Queue, "a Queue", "pass a Queue of its own")
    if retries is not None:
        check_type(construct.where, "retries", retries, int, "a whole number", "write retries=2")
        if not 0 <= retries <= MOST_RETRIES:
            raise construct.error(f"{retries} retries are not possible", hint=f"use 0 to {MOST_RETRIES}")
    if max_age is not None:
        check_duration(construct.where, "max_age", max_age, unit="hours")
        if not minutes(1) <= max_age <= LONGEST_AGE:
            raise construct.error("an event can be tried for 1 minute to 24 hours", hint="use max_age=hours(1)")


def retry_policy(retries: int | None, max_age: timedelta | None) -> dict[str, Any]:
    """Return the Scheduler's ``RetryPolicy``, without what is left to AWS: 185 retries in 24 hours."""
    policy = {}
    if max_age is not None:
        policy["MaximumEventAgeInSeconds"] = round(max_age.total_seconds())
    if retries is not None:
        policy["MaximumRetryAttempts"] = retries
    return policy


def add_role(construct: Construct, target: Function, dead_letters: Queue | None, group: str, *names: str) -> iam.Role:
    """Add the role with which the Scheduler invokes one function, and nothing else.

    Parameters
    ----------
    construct
        The schedule or group that it belongs to.
    target
        The function that it may invoke.
    dead_letters
        The queue that it may send to.
    group
        The schedule group's name: only schedules of it may use the role.
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    *names
        What tells it from other roles of the construct.
    """
    name = physical(
        *(construct.stack.app.name, construct.stage.name, construct.id, *names, "scheduler"), limit=ROLE_NAME_LIMIT
    )
    account, source = Sub("${AWS::AccountId}"), construct.value(group_arn(group))
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account, "aws:SourceArn": source}},
    }
    statements = [_allow("lambda:InvokeFunction", construct.value(target.arn))]
    if dead_letters is not None:
        statements.append(_allow("sqs:SendMessage", construct.value(dead_letters.arn)))
    return construct.add(
        iam.Role(
            construct.logical_id(*names, "scheduler-role"),
            RoleName=Sub(f"{name}-${{AWS::Region}}"),
            AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]},
            Policies=[
                iam.Policy(PolicyName="target", PolicyDocument={"Version": "2012-10-17", "Statement": statements})
            ],
        )
    )


def keep_failed_events(
    target: Function, retries: int | None, max_age: timedelta | None, dead_letters: Queue | None
) -> None:
    """Have Lambda retry events that the function fails on, and send those that it gives up to a queue.

    The Scheduler hands a function its event and knows no more of it: what becomes of an event that the function
    fails on is the function's own setting. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html

    Raises
    ------
    CumuloError
        When another schedule has it otherwise.
    """
    settings: dict[str, Any] = {}
    if retries is not None:
        settings["MaximumRetryAttempts"] = min(retries, MOST_EVENT_RETRIES)
    if max_age is not None:
        settings["MaximumEventAgeInSeconds"] = round(min(max_age, LONGEST_EVENT_AGE).total_seconds())
    if dead_letters is not None:
        target.link_to(Link((Grant(("sqs:SendMessage",), (dead_letters.arn,)),)))
        destination = awslambda.OnFailure(Destination=target.value(dead_letters.arn))
        settings["DestinationConfig"] = awslambda.DestinationConfig(OnFailure=destination)
    if not settings:
        return
    config = awslambda.EventInvokeConfig(
        target.logical_id("events"),
        FunctionName=target.value(target.reference()),
        Qualifier="$LATEST",
        # Lambda tries the destination with the function's role as soon as this exists.
        DependsOn=[target.role.title],
        **settings,
    )
    existing = target.resources.get(str(config.title))
    if existing is None:
        target.add(config)
    elif existing.to_dict() != config.to_dict():
        raise target.error(
            "two schedules want its failed events treated differently",
            hint="give both the same retries, max_age and dead_letters",
        )


def group_arn(name: str) -> Arn:
    """Return the ARN of a schedule group."""
    return Arn(f"arn:${{AWS::Partition}}:scheduler:${{AWS::Region}}:${{AWS::AccountId}}:schedule-group/{name}")


def _allow(action: str, resource: Any) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}
