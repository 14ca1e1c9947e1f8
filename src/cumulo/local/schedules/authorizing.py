"""Who may do what: asked of the emulator, which keeps the roles and their policies."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cumulo.local.schedules.refusals import RefusedError, denied

SERVICE = "scheduler.amazonaws.com"
ASSUME_ROLE = "sts:AssumeRole"

Judge = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Asks the emulator: :meth:`cumulo.local.emulator.process.Emulator.authorize`."""

_KEPT_SECONDS = 2.0  # a role's policies are changed by deployments, and seldom by a function
_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: what its signature names."""

    access_key: str
    session_token: str | None


class Authorizer:
    """Judges requests, and remembers a judgement for two seconds.

    Parameters
    ----------
    judge
        Asks the emulator.
    account, region
        Where the requests are made.
    """

    def __init__(self, judge: Judge, account: str, region: str) -> None:
        self._judge = judge
        self._place = {"account": account, "region": region}
        self._kept: dict[tuple[Any, ...], tuple[float, RefusedError | None]] = {}

    def forget(self) -> None:
        """Forget all judgements: roles may have other policies."""
        self._kept.clear()

    async def check_caller(
        self, caller: Caller, action: str, resource: str, context: Mapping[str, str] | None = None
    ) -> None:
        """Raise when a caller may not take an action on a resource.

        Raises
        ------
        RefusedError
            With the reason in IAM's words.
        """
        who = {"access_key": caller.access_key, "session_token": caller.session_token}
        await self._check(who, action, resource, context or {})

    async def check_role(self, role: str, action: str, resource: str) -> None:
        """Raise when the Scheduler may not take an action on a resource with a role; see :meth:`check_caller`."""
        await self._check({"role": role, "service": SERVICE}, action, resource, {})

    async def _check(
        self, who: Mapping[str, str | None], action: str, resource: str, context: Mapping[str, str]
    ) -> None:
        key = (*who.values(), action, resource, *context.items())
        until, refusal = self._kept.get(key, (0.0, None))
        if until < time.monotonic():
            request = {**self._place, **who, "action": action, "resource": resource, "context": dict(context)}
            answer = await self._judge(request)
            refusal = None if answer["allowed"] else denied(answer["code"], answer["reason"])
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = time.monotonic() + _KEPT_SECONDS, refusal
        if refusal is not None:
            raise RefusedError(refusal.status, refusal.code, refusal.message)
