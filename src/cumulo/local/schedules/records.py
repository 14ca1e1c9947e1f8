"""Schedules, their groups, and the executions of their occurrences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from cumulo.model import expressions
from cumulo.model.expressions import Timing

DEFAULT_GROUP = "default"

Phase = Literal["delivery", "invocation"]


@dataclass(frozen=True, slots=True)
class Group:
    """A schedule group.

    Parameters
    ----------
    name
        Its name.
    created, modified
        In seconds since the epoch.
    tags
        Its tags.
    declared
        Stack and logical id of its declaration; ``None`` for one that was made at run time.
    token
        The client token of the request that made it.
    """

    name: str
    created: float
    modified: float
    tags: Mapping[str, str] = field(default_factory=dict)
    declared: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule.

    Parameters
    ----------
    group, name
        Its group and its name in it.
    document
        What CreateSchedule took, checked, without names and token; dates in seconds since the epoch.
    created, modified, declared, token
        As of a :class:`Group`.
    """

    group: str
    name: str
    document: Mapping[str, Any]
    created: float
    modified: float
    declared: str | None = None
    token: str | None = None

    @property
    def timing(self) -> Timing:
        """When it is due."""
        document = self.document
        return Timing(
            expressions.parse(document["ScheduleExpression"]),
            expressions.zone(document["ScheduleExpressionTimezone"]),
            self.modified,
            document.get("StartDate"),
            document.get("EndDate"),
        )

    @property
    def enabled(self) -> bool:
        """Whether it fires."""
        return bool(self.document["State"] == "ENABLED")

    def following(self, after: float) -> tuple[float, float] | None:
        """Return its first time after a moment, and when in its flexible window it fires then.

        AWS takes any moment of the window. Here it follows from the schedule and the time, so that a run can be
        repeated. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html
        """
        scheduled = self.timing.next(after) if self.enabled else None
        if scheduled is None:
            return None
        minutes = int(self.document["FlexibleTimeWindow"].get("MaximumWindowInMinutes", 0))
        if not minutes:
            return scheduled, scheduled
        digest = hashlib.sha256(f"{self.group}/{self.name}@{scheduled:.3f}".encode()).digest()
        return scheduled, scheduled + int.from_bytes(digest[:8], "big") % (minutes * 60)


@dataclass(frozen=True, slots=True)
class Execution:
    """One occurrence of a schedule on its way to the target, and a Lambda function's event after that.

    Parameters
    ----------
    id
        What the Scheduler calls ``<aws.scheduler.execution-id>``.
    group, name
        The schedule.
    target
        The schedule's target as it was when it fired.
    scheduled
        The time that the expression says, in seconds since the epoch.
    begun
        When it was tried first.
    phase
        ``"delivery"`` until the target has taken it; ``"invocation"`` while Lambda tries an event that it has taken.
    attempt
        Which attempt of the phase it is, from 1.
    """

    id: str
    group: str
    name: str
    target: Mapping[str, Any]
    scheduled: float
    begun: float
    phase: Phase = "delivery"
    attempt: int = 1

    @property
    def subject(self) -> str:
        """The schedule's group and name, as people read it."""
        return f"{self.group}/{self.name}"


def timestamp(seconds: float) -> str:
    """Return a time as the Scheduler writes it: ``2026-12-01T09:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
