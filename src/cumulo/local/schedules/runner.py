"""Fires schedules when they are due, and sees to what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from cumulo.errors import CumuloError
from cumulo.local.entries import Entry, Recorder
from cumulo.local.functions.spec import split_reference
from cumulo.local.invoking import InvocationResult, Invoker, TooManyRequestsError, UnknownFunctionError
from cumulo.local.schedules import asynchronous, targets
from cumulo.local.schedules.asynchronous import AsyncPolicy
from cumulo.local.schedules.authorizing import Authorizer
from cumulo.local.schedules.failures import DeliveryError, check_json, delivery_error, exhausted, pause
from cumulo.local.schedules.records import Execution, timestamp
from cumulo.local.schedules.store import Store
from cumulo.local.world import World

Send = Callable[[str, str, Mapping[str, str]], Awaitable[None]]
"""Sends a message to the queue of an ARN: the body, and string attributes."""

_AT_ONCE = 50
_LEAVE_SECONDS = 0.5


class Runner:
    """The agenda of the schedules.

    Parameters
    ----------
    store
        What is due.
    invoker
        Calls functions.
    send
        Sends messages to queues.
    authorizer
        Judges what the schedules' roles may do.
    recorder
        Hears what fired and what did not.
    now
        The clock's time.
    waits
        Whether what is due has to be done before the time goes on: while the clock is being moved. Otherwise a slow
        function keeps no other schedule waiting.
    """

    def __init__(
        self,
        store: Store,
        *,
        invoker: Invoker,
        send: Send,
        authorizer: Authorizer,
        recorder: Recorder,
        now: Callable[[], float],
        waits: Callable[[], bool],
    ) -> None:
        self._policies: Mapping[str, AsyncPolicy] = {}
        self._schedules = ""
        self._store, self._invoker, self._send = store, invoker, send
        self._authorizer, self._recorder = authorizer, recorder
        self._now, self._waits = now, waits
        self._running: set[asyncio.Task[None]] = set()

    def update(self, world: World) -> None:
        """Invoke the functions of another world."""
        self._policies = asynchronous.policies(world)
        self._schedules = f"arn:aws:scheduler:{world.region}:{world.account}:schedule"

    def next_due(self) -> float:
        """Return when something is due next."""
        return self._store.next_due()

    async def run_due(self, now: float) -> None:
        """Fire what is due, in order."""
        while self._store.next_due() <= now:
            for execution in self._store.begin(now):
                while len(self._running) >= _AT_ONCE:
                    await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                task = asyncio.create_task(self._run(execution))
                self._running.add(task)
                task.add_done_callback(self._ended)
        if self._waits():
            await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._running:
            await asyncio.wait(self._running)

    async def stop(self) -> None:
        """Leave what is under way a moment; what has not ended then is repeated by the next start."""
        if self._running:
            await asyncio.wait(self._running, timeout=_LEAVE_SECONDS)
        for task in self._running:
            task.cancel()
        await self.settle()

    def arn(self, execution: Execution) -> str:
        """Return the ARN of an execution's schedule."""
        return f"{self._schedules}/{execution.subject}"

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            text = f"an execution could not be ended, the next start repeats it ({type(problem).__name__}: {problem})"
            self._recorder.append(Entry(self._now(), "system", "schedules", text, None, "ERROR"))

    async def _run(self, execution: Execution) -> None:
        if execution.phase == "delivery":
            try:
                policy = await self._deliver(execution)
            except DeliveryError as error:
                await self._undelivered(execution, error)
                return
            if policy is None:
                self._store.end(execution)
                return
            execution = replace(execution, phase="invocation", attempt=1)
        else:
            policy = self._policy(execution)
        await self._invoke(execution, policy)

    def _policy(self, execution: Execution) -> AsyncPolicy | None:
        return self._policies.get(split_reference(execution.target["Arn"])[0])

    async def _deliver(self, execution: Execution) -> AsyncPolicy | None:
        """Hand an occurrence to its target; return what becomes of the event when that is a function."""
        target, kind = execution.target, targets.service(execution.target)
        if kind not in targets.ACTIONS:
            raise DeliveryError("UnsupportedTarget", f"{kind} targets are not part of the local cloud", final=True)
        payload = targets.payload(execution, self.arn(execution))
        policy = None
        try:
            await self._authorizer.check_role(target["RoleArn"], targets.ACTIONS[kind], target["Arn"])
            if kind == "lambda":
                policy = self._policy(execution)
                if policy is None:
                    raise UnknownFunctionError(target["Arn"])
                check_json(payload)
            else:
                await self._send(target["Arn"], payload, {})
        except Exception as problem:
            raise delivery_error(problem) from None
        self._record(execution, f"fired: {target['Arn'].rpartition(':')[2]}")
        return policy

    async def _undelivered(self, execution: Execution, error: DeliveryError) -> None:
        wait = pause(execution.attempt)
        condition = exhausted(execution, self._now() + wait)
        if not error.final and condition is None:
            self._store.again(replace(execution, attempt=execution.attempt + 1), self._now() + wait)
            self._record(execution, f"not delivered ({error}); again in {wait:g} s", "WARNING")
            return
        queue = execution.target.get("DeadLetterConfig", {}).get("Arn")
        kept = "it is lost: there is no dead-letter queue" if queue is None else await self._bury(execution, error)
        self._record(execution, f"not delivered ({error}); {kept}", "ERROR")
        self._store.end(execution)

    async def _bury(self, execution: Execution, error: DeliveryError) -> str:
        queue = execution.target["DeadLetterConfig"]["Arn"]
        arn = self.arn(execution)
        condition = None if error.final else exhausted(execution, self._now() + pause(execution.attempt))
        attributes = targets.dead_letter_attributes(execution, arn, error.code, error.message, condition)
        body = targets.request_body(execution, targets.payload(execution, arn))
        try:
            await self._authorizer.check_role(execution.target["RoleArn"], "sqs:SendMessage", queue)
            await self._send(queue, body, attributes)
        except Exception as problem:
            return f"it is lost: the dead-letter queue did not take it ({delivery_error(problem)})"
        return f"it is in the dead-letter queue {queue.rpartition(':')[2]}"

    async def _invoke(self, execution: Execution, policy: AsyncPolicy | None) -> None:
        """Let the function work on an event that Lambda has taken."""
        arn, event = execution.target["Arn"], targets.payload(execution, self.arn(execution))
        try:
            result = await self._invoker.invoke(arn, event.encode())
        except TooManyRequestsError:
            self._throttled(execution, policy or AsyncPolicy())
            return
        except (UnknownFunctionError, CumuloError) as problem:
            self._record(execution, f"the event is lost: {arn} cannot be invoked ({problem})", "ERROR")
            self._store.end(execution)
            return
        if result.error is None:
            self._store.end(execution)
        else:
            await self._failed(execution, policy or AsyncPolicy(), event, result)

    def _throttled(self, execution: Execution, policy: AsyncPolicy) -> None:
        age = self._now() - execution.begun
        wait = asynchronous.pause_after_throttle(age)
        if age + wait > policy.max_age:
            self._record(execution, f"the event is lost: throttled until it was {age:.0f} s old", "ERROR")
            self._store.end(execution)
        else:
            self._store.again(execution, self._now() + wait)
            self._record(execution, f"throttled; again in {wait:g} s", "WARNING")

    async def _failed(self, execution: Execution, policy: AsyncPolicy, event: str, result: InvocationResult) -> None:
        wait = asynchronous.pause_after_error(execution.attempt)
        aged = self._now() + wait - execution.begun > policy.max_age
        if execution.attempt <= policy.retries and not aged:
            self._store.again(replace(execution, attempt=execution.attempt + 1), self._now() + wait)
            text = f"the function failed, attempt {execution.attempt}; again in {wait:g} s"
            self._record(execution, text, "WARNING", result.request_id)
            return
        condition = "EventAgeExceeded" if execution.attempt <= policy.retries else "RetriesExhausted"
        kept = await self._give_up(execution, policy, event, result, condition)
        text = f"the function failed, attempt {execution.attempt}; {kept}"
        self._record(execution, text, "ERROR", result.request_id)
        self._store.end(execution)

    async def _give_up(
        self, execution: Execution, policy: AsyncPolicy, event: str, result: InvocationResult, condition: str
    ) -> str:
        """Send an event that failed for good where the function says; return what became of it."""
        record = targets.failure_record(execution, event, result, self._now(), condition)
        attributes = {"RequestID": result.request_id, "ErrorCode": "200", "ErrorMessage": str(result.error)}
        messages = {
            policy.destination: (json.dumps(record), {}),
            policy.dead_letters: (event, attributes),
        }
        kept = []
        for queue, (body, extra) in messages.items():
            if queue is None:
                continue
            try:
                await self._send(queue, body, extra)
            except Exception as problem:
                kept.append(f"{queue.rpartition(':')[2]} did not take it ({delivery_error(problem)})")
            else:
                kept.append(f"it is in {queue.rpartition(':')[2]}")
        return " and ".join(kept) or "it is lost: the function has no failure destination and no dead-letter queue"

    def _record(self, execution: Execution, text: str, level: str = "INFO", request_id: str | None = None) -> None:
        data = {
            "execution": execution.id,
            "scheduled": timestamp(execution.scheduled),
            "phase": execution.phase,
            "attempt": execution.attempt,
            "target": execution.target["Arn"],
        }
        self._recorder.append(Entry(self._now(), "schedule", execution.subject, text, request_id, level, data))
