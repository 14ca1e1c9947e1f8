"""Schedule: a function that is invoked at certain times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from troposphere import scheduler

from cumulo.constructs.function import Function
from cumulo.constructs.queue import Queue
from cumulo.constructs.schedule_target import add_role, check_target, keep_failed_events, retry_policy
from cumulo.model import expressions
from cumulo.model.checks import check_duration, check_type
from cumulo.model.construct import Construct
from cumulo.model.references import Reference
from cumulo.model.stack import Stack
from cumulo.model.units import days, minutes

DEFAULT_GROUP = "default"


class Schedule(Construct):
    """A schedule of EventBridge Scheduler that invokes a function.

    Parameters
    ----------
    scope, id
        The stack and the schedule's name in it.
    expression
        ``"rate(5 minutes)"``, ``"cron(0 9 ? * MON-FRI *)"`` or, for once, ``"at(2026-12-01T09:00:00)"``.
    target
        The function.
    timezone
        The zone of the IANA database that the expression's times are of: ``"Europe/Berlin"``.
    payload
        What the function gets as its event: anything that JSON has. By default a "Scheduled Event" of AWS.
    flexible
        It may be as much late, 1 minute to 24 hours, so that not all fire at once.
    start, end
        Between which times it recurs; with a zone of their own.
    retries, max_age, dead_letters
        What is done with an event that fails; as of :meth:`cumulo.ScheduleGroup.schedule`.

    Raises
    ------
    CumuloError
        When the expression, the zone or another value is none that AWS takes.

    Notes
    -----
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

    Examples
    --------
    >>> from cumulo import App, Stage
    >>> stack = Stack(App("kefir", Stage("dev")), "scheduler")
    >>> digest = Function(stack, "digest", handler="functions.digest.handler")
    >>> weekly = Schedule(stack, "weekly", "cron(0 9 ? * MON *)", target=digest, timezone="Europe/Berlin")
    >>> weekly.schedule.State
    'ENABLED'
    """

    kind: ClassVar[str] = "schedule"
    name_limit: ClassVar[int] = 64

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        expression: str,
        *,
        target: Function,
        timezone: str = "UTC",
        payload: object = None,
        flexible: timedelta | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        retries: int | None = None,
        max_age: timedelta | None = None,
        dead_letters: Queue | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        self._check_expression(expression, timezone)
        check_target(self, target, retries, max_age, dead_letters)
        self.schedule = self.add(
            scheduler.Schedule(
                self.logical_id(),
                Name=self.name,
                ScheduleExpression=expression,
                ScheduleExpressionTimezone=timezone,
                State="ENABLED",
                FlexibleTimeWindow=self._window(flexible),
                **self._dates(start, end),
            )
        )
        role = add_role(self, target, dead_letters, DEFAULT_GROUP)
        keep_failed_events(target, retries, max_age, dead_letters)
        properties: dict[str, Any] = {}
        if payload is not None:
            properties["Input"] = self._json(payload)
        if policy := retry_policy(retries, max_age):
            properties["RetryPolicy"] = scheduler.RetryPolicy(**policy)
        if dead_letters is not None:
            properties["DeadLetterConfig"] = scheduler.DeadLetterConfig(Arn=self.value(dead_letters.arn))
        self.schedule.Target = scheduler.Target(
            Arn=self.value(target.arn), RoleArn=self.value(self.reference("Arn", to=role)), **properties
        )

    @property
    def arn(self) -> Reference:
        """The schedule's ARN."""
        return self.reference("Arn")

    def _check_expression(self, expression: str, timezone: str) -> None:
        hint = 'write "rate(5 minutes)", "cron(0 9 * * ? *)" or "at(2026-12-01T09:00:00)"'
        check_type(self.where, "expression", expression, str, "text", hint)
        check_type(self.where, "timezone", timezone, str, "text", 'write timezone="Europe/Berlin"')
        try:
            expressions.parse(expression)
        except ValueError as problem:
            raise self.error(f"{expression!r} is no schedule expression: {problem}", hint=hint) from None
        try:
            expressions.zone(timezone)
        except ValueError as problem:
            raise self.error(str(problem), hint='write timezone="Europe/Berlin"') from None

    def _window(self, flexible: timedelta | None) -> scheduler.FlexibleTimeWindow:
        if flexible is None:
            return scheduler.FlexibleTimeWindow(Mode="OFF")
        check_duration(self.where, "flexible", flexible, unit="minutes")
        if not minutes(1) <= flexible <= days(1) or flexible % minutes(1):
            raise self.error("a flexible window is 1 minute to 24 hours, in minutes", hint="use flexible=minutes(15)")
        return scheduler.FlexibleTimeWindow(Mode="FLEXIBLE", MaximumWindowInMinutes=flexible // minutes(1))

    def _dates(self, start: datetime | None, end: datetime | None) -> dict[str, Any]:
        for name, date in (("start", start), ("end", end)):
            if date is not None and (not isinstance(date, datetime) or date.tzinfo is None):
                raise self.error(
                    f"{name} is a datetime with a zone", hint=f"write {name}=datetime(2026, 12, 1, tzinfo=UTC)"
                )
        if start is not None and end is not None and end <= start:
            raise self.error("it ends before it starts")
        dates = {"StartDate": start, "EndDate": end}
        return {name: _timestamp(date) for name, date in dates.items() if date is not None}

    def _json(self, payload: object) -> str:
        try:
            return json.dumps(payload, separators=(",", ":"))
        except (TypeError, ValueError) as problem:
            raise self.error(f"the payload is nothing that JSON has: {problem}") from None


def _timestamp(date: datetime) -> str:
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
