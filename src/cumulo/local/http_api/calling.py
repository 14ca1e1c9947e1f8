"""Calling a function within a time limit."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from cumulo.local.invoking import InvocationResult, Invoker

# Made once: json.dumps() makes one for each call that does not use its defaults.
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


class Caller:
    """Calls functions and waits for their answers, though not for ever.

    A function that takes longer goes on, as it does on AWS: the invoker sees to that. Only nobody waits any more.

    Parameters
    ----------
    invoker
        Runs the functions.
    """

    __slots__ = ("_invoker",)

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker

    async def call(self, function: str, payload: bytes, timeout: float) -> InvocationResult:
        """Invoke a function by ARN, waiting for at most ``timeout`` seconds.

        Raises
        ------
        TimeoutError
            When the answer takes longer.
        UnknownFunctionError, TooManyRequestsError, RequestTooLargeError
            As the invoker raises them.
        """
        async with asyncio.timeout(timeout):
            return await self._invoker.invoke(function, payload)


def encode(event: dict[str, Any]) -> bytes:
    """Return an event as the JSON that a function gets."""
    return _ENCODER.encode(event).encode("utf-8", "replace")
