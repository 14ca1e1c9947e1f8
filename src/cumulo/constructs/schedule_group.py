"""ScheduleGroup: schedules that functions make while they run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import scheduler

from cumulo.constructs.function import Function
from cumulo.constructs.queue import Queue
from cumulo.constructs.schedule_target import add_role, check_target, keep_failed_events, retry_policy
from cumulo.model.construct import Construct
from cumulo.model.links import Grant, Link, Value
from cumulo.model.references import arn
from cumulo.model.stack import Stack

MANAGING = (
    "scheduler:CreateSchedule",
    "scheduler:DeleteSchedule",
    "scheduler:GetSchedule",
    "scheduler:UpdateSchedule",
)


class ScheduleGroup(Construct):
    """A group of EventBridge Scheduler's schedules, which a system makes at run time.

    Parameters
    ----------
    scope, id
        The stack and the group's name in it.

    Notes
    -----
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> stack = Stack(App("kefir", Stage("dev")), "scheduler")
    >>> remind = Function(stack, "remind", handler="functions.remind.handler")
    >>> reminders = ScheduleGroup(stack, "reminders")
    >>> add = Function(stack, "add", handler="functions.add.handler", links=[reminders.schedule(remind)])
    >>> add.function.Environment.Variables["REMINDERS_TARGET_ARN"].to_dict()
    {'Fn::GetAtt': ['RemindFunction', 'Arn']}
    """

    kind: ClassVar[str] = "schedule-group"
    name_limit: ClassVar[int] = 64

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        self.add(scheduler.ScheduleGroup(self.logical_id(), Name=self.name))
        self._links: dict[Function, tuple[object, Link]] = {}

    def schedule(
        self,
        target: Function,
        *,
        retries: int | None = None,
        max_age: timedelta | None = None,
        dead_letters: Queue | None = None,
    ) -> Link:
        """Return a link that may make, read, change and delete schedules of this group that invoke one function.

        The function that is linked uses ``cumulo.runtime.linked.schedules(…)``. The Scheduler gets a role that may
        invoke the target only, and the linked function may hand that role, and no other, to the Scheduler.

        Parameters
        ----------
        target
            What the schedules invoke.
        retries
            How often an event is tried again, by the Scheduler until Lambda has taken it and by Lambda when the
            function fails, which does it twice at most. By default 185 and 2, as AWS does.
        max_age
            For how long it is tried, 1 minute to 24 hours; by Lambda 6 hours at most.
        dead_letters
            The queue that gets events that could not be delivered, and those that the function failed on.

        Raises
        ------
        CumuloError
            When a value is out of range, or the same target was given other ones before.

        Notes
        -----
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
        """
        check_target(self, target, retries, max_age, dead_letters)
        settings = (retries, max_age, dead_letters)
        known, link = self._links.get(target, (settings, None))
        if known != settings:
            raise self.error(
                f"the target {target.id!r} has other retries, max_age or dead_letters already",
                hint="call schedule(…) once and give the link to both functions",
            )
        if link is None:
            link = self._link(target, retries, max_age, dead_letters)
            self._links[target] = settings, link
        return link

    def _link(
        self, target: Function, retries: int | None, max_age: timedelta | None, dead_letters: Queue | None
    ) -> Link:
        role = self.reference("Arn", to=add_role(self, target, dead_letters, self.name, target.id))
        keep_failed_events(target, retries, max_age, dead_letters)
        environment: dict[str, Value] = {
            "schedule_group_name": self.reference(),
            "target_arn": target.arn,
            "role_arn": role,
        }
        if dead_letters is not None:
            environment["dead_letter_arn"] = dead_letters.arn
        policy = retry_policy(retries, max_age)
        names = {"MaximumRetryAttempts": "retries", "MaximumEventAgeInSeconds": "max_age"}
        environment.update({names[name]: str(value) for name, value in policy.items()})
        return Link(
            (
                Grant(MANAGING, (arn("scheduler", f"schedule/{self.name}/*"),)),
                Grant(("iam:PassRole",), (role,), {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}),
            ),
            {f"{self.id}_{name}".upper().replace("-", "_"): value for name, value in environment.items()},
        )
