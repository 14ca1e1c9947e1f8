"""Schedules that a function makes while it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_EXPRESSIONS = ("at(", "cron(", "rate(")


class Schedules:
    """A linked schedule group whose schedules invoke one function."""

    def __init__(
        self, group: str, target: str, role: str, dead_letters: str | None, retries: Mapping[str, int], client: Any
    ) -> None:
        self.group: Final = group
        self.target: Final = target
        self.role: Final = role
        self.dead_letters: Final = dead_letters
        self.retries: Final = retries
        self.client: Final = client

    def put(self, name: str, *, at: datetime | str, zone: str = "UTC", payload: object = None) -> str:
        """Make a schedule, or change the one of that name, and return its ARN; a second call changes nothing.

        Parameters
        ----------
        name
            Its name in the group: up to 64 letters, digits, ``-``, ``_`` and ``.``.
        at
            When: a time in the zone, as ``datetime`` or as ``"2026-12-01T09:00:00"``; a ``datetime`` with a zone of
            its own is that moment, whatever ``zone`` says. Or an expression that recurs: ``"cron(0 9 * * ? *)"``,
            ``"rate(1 days)"``. A schedule is deleted when it has fired for the last time.
        zone
            A name of the IANA time zone database.
        payload
            What the function gets as its event: anything that JSON has.

        Notes
        -----
        The client's ``ValidationException`` says that the time is past, or that there is no such zone.
        https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
        """
        if isinstance(at, datetime) and at.tzinfo is not None:
            at, zone = at.astimezone(UTC).replace(tzinfo=None), "UTC"
        time = at.isoformat(timespec="seconds") if isinstance(at, datetime) else at
        request = {
            "Name": name,
            "GroupName": self.group,
            "ScheduleExpression": time if time.startswith(_EXPRESSIONS) else f"at({time})",
            "ScheduleExpressionTimezone": zone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": self._target(payload),
        }
        try:
            answer = self.client.create_schedule(**request)
        except self.client.exceptions.ConflictException:
            answer = self.client.update_schedule(**request)
        return str(answer["ScheduleArn"])

    def remove(self, name: str) -> None:
        """Delete a schedule; there may be none of that name."""
        try:
            self.client.delete_schedule(Name=name, GroupName=self.group)
        except self.client.exceptions.ResourceNotFoundException:
            return

    def _target(self, payload: object) -> dict[str, Any]:
        target: dict[str, Any] = {"Arn": self.target, "RoleArn": self.role}
        if payload is not None:
            target["Input"] = json.dumps(payload, separators=(",", ":"))
        if self.retries:
            target["RetryPolicy"] = dict(self.retries)
        if self.dead_letters:
            target["DeadLetterConfig"] = {"Arn": self.dead_letters}
        return target
