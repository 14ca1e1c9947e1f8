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

    A function that takes longer goes on, as it does on AWS; only nobody waits for it any more.

    Parameters
    ----------
    invoker
        Runs the functions.
    """

    __slots__ = ("_invoker", "_running")

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker
        # The event loop itself keeps only weak references to tasks.
        self._running: set[asyncio.Task[InvocationResult]] = set()

    async def call(self, function: str, payload: bytes, timeout: float) -> InvocationResult:
        """Invoke a function by ARN, waiting for at most ``timeout`` seconds.

        Raises
        ------
        TimeoutError
            When the answer takes longer.
        UnknownFunctionError, TooManyRequestsError, RequestTooLargeError
            As the invoker raises them.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not waiter.done():
                waiter.set_result(None)

        def finished(task: asyncio.Task[InvocationResult]) -> None:
            self._running.discard(task)
            if waiter.done() and not task.cancelled():
                task.exception()  # Looked at here, so that asyncio does not complain when nobody waits any more.
            wake()

        task = loop.create_task(self._invoker.invoke(function, payload))
        self._running.add(task)
        task.add_done_callback(finished)
        timer = loop.call_later(timeout, wake)
        try:
            await waiter
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            timer.cancel()
        if not task.done():
            raise TimeoutError
        return task.result()


def encode(event: dict[str, Any]) -> bytes:
    """Return an event as the JSON that a function gets."""
    return _ENCODER.encode(event).encode("utf-8", "replace")
