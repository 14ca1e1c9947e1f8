"""The workers of one function: which invocation goes to which worker, and when workers come and go."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cumulo.local.clock import Clock
from cumulo.local.functions.environment import expires_at, worker_environment
from cumulo.local.functions.logs import LogLine
from cumulo.local.functions.outcomes import Outcome
from cumulo.local.functions.processes import Zygote
from cumulo.local.functions.recording import invocation_entry, log_entry, system_entry, throttled_entry
from cumulo.local.functions.sources import Sources, Version
from cumulo.local.functions.spec import FunctionSpec
from cumulo.local.functions.worker import Invocation, Worker
from cumulo.local.invoking import InvocationResult, TooManyRequestsError
from cumulo.local.journal import Recorder

Credentials = Callable[[str], Awaitable[Mapping[str, str]]]
"""Gives a role's session credentials as environment variables; ``AWS_CREDENTIAL_EXPIRATION`` says when they end."""

_EXPIRY_MARGIN = 60.0


@dataclass(frozen=True)
class Settings:
    """What all functions of a host have in common.

    Parameters
    ----------
    region
        The region that functions run in.
    project
        The folder of their code.
    credentials
        Gives a role's session credentials.
    endpoints
        ``AWS_ENDPOINT_URL`` and its like.
    recorder
        Takes log lines and invocations.
    max_workers
        The most workers of a function without reserved concurrency; more calls wait.
    init_timeout
        The limit of the init phase, in seconds.
    idle_seconds
        How long a worker beyond the first is kept without work.
    sources
        Which files of the project workers run.
    clock
        The time that functions see.
    """

    region: str
    project: Path
    credentials: Credentials
    endpoints: Callable[[], Mapping[str, str]]
    recorder: Recorder
    max_workers: int
    init_timeout: float
    idle_seconds: float
    sources: Sources
    clock: Clock


@dataclass(frozen=True)
class FunctionStatus:
    """A function's workers at one moment.

    Parameters
    ----------
    idle, busy, starting
        How many workers wait for work, have an event, or are in their init phase.
    queued
        How many invocations wait for a worker.
    pids
        The process ids of the workers that run.
    """

    idle: int
    busy: int
    starting: int
    queued: int
    pids: tuple[int, ...]


class Pool:
    """The workers of one function.

    Parameters
    ----------
    spec
        The function.
    settings
        What it shares with the others.
    zygote
        Gives a living zygote.
    """

    def __init__(self, spec: FunctionSpec, settings: Settings, zygote: Callable[[], Zygote]) -> None:
        self.spec = spec
        self.last_used = 0.0
        self._settings = settings
        self._zygote = zygote
        self._generation = 0
        self._closed = False
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._starting: set[Worker] = set()
        self._queue: deque[Invocation] = deque()
        self._launches: set[asyncio.Task[None]] = set()

    def submit(self, invocation: Invocation) -> None:
        """Give an invocation to the worker that was used last, or to the next that is free.

        Raises
        ------
        TooManyRequestsError
            When the reserved concurrency is in use.
        """
        self.last_used = time.monotonic()
        if self.spec.reserved is not None and len(self._busy) + self._waiting() >= self.spec.reserved:
            self._settings.recorder.append(
                throttled_entry(self._settings.clock.now(), self.spec, invocation.request_id)
            )
            raise TooManyRequestsError(self.spec.name)
        worker = self._take_idle()
        if worker is not None:
            self._run(worker, invocation)
        else:
            self._queue.append(invocation)
            self._scale()

    def warm(self) -> None:
        """Start a worker if there is none that waits, and room for one."""
        if not self._idle and not self._starting and len(self._busy) < self._limit():
            self._begin()

    def replace(self, spec: FunctionSpec | None = None) -> None:
        """Replace all workers, and the function's settings if given; busy ones end their event first."""
        self.spec = spec or self.spec
        self._generation += 1
        for worker in self._idle:
            worker.kill()
        self._idle.clear()
        for worker in tuple(self._starting):
            self._starting.discard(worker)
            worker.kill()
            if worker.bound is not None:
                self._queue.appendleft(worker.bound)
        self._scale()

    def reap(self) -> None:
        """End the workers beyond the first that have had no work for long."""
        before = time.monotonic() - self._settings.idle_seconds
        excess = [worker for worker in self._idle[:-1] if worker.idle_since < before]
        for worker in excess:
            self._idle.remove(worker)
            worker.kill()

    @property
    def busy(self) -> bool:
        """Whether an invocation waits or is under way."""
        return bool(self._busy or self._waiting())

    def signal(self, signum: int) -> None:
        """Send all workers a signal."""
        for worker in (*self._idle, *self._busy, *self._starting):
            worker.kill(signum)

    def close(self) -> None:
        """Give up what waits and start no more."""
        self._closed = True
        for launch in self._launches:
            launch.cancel()
        self._scale()

    def status(self) -> FunctionStatus:
        """Return the workers' counts and process ids."""
        workers = (*self._idle, *self._busy, *self._starting)
        pids = tuple(worker.pid for worker in workers if worker.pid is not None)
        return FunctionStatus(len(self._idle), len(self._busy), len(self._starting), self._waiting(), pids)

    def on_ready(self, worker: Worker) -> None:
        """Give a new worker its first event."""
        self._starting.discard(worker)
        if worker.bound is None:
            self._offer(worker)
        else:
            self._run(worker, worker.bound)

    def on_done(self, worker: Worker, invocation: Invocation, outcome: Outcome, seconds: float) -> None:
        """Record the end of an invocation, tell its caller, and take the worker back."""
        self._busy.discard(worker)
        self._starting.discard(worker)
        self._settle(worker, invocation, outcome, seconds)
        if outcome.error_type == "Function.ResponseSizeTooLarge":
            worker.kill()  # its runtime client does not survive that answer
        self._offer(worker)

    def on_init_failed(self, worker: Worker, failure: Callable[[str], Outcome]) -> None:
        """Fail the invocation that the worker was started for."""
        self._starting.discard(worker)
        current = worker.generation == self._generation
        invocation = worker.bound or (self._next() if current else None)
        if invocation is not None:
            self._settle(worker, invocation, failure(invocation.request_id), 0.0)
        self._scale()

    def on_init_timeout(self, worker: Worker) -> None:
        """Repeat the init phase inside an invocation, under the function's timeout.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        self._starting.discard(worker)
        duration = self._settings.init_timeout * 1000
        text = f"INIT_REPORT Init Duration: {duration:.2f} ms Phase: init Status: timeout"
        self._settings.recorder.append(system_entry(self._settings.clock.now(), self.spec.name, text))
        invocation = self._next()
        if invocation is not None:
            self._begin(invocation)
        self._scale()

    def on_undelivered(self, worker: Worker, invocation: Invocation) -> None:
        """Give the event to another worker, as the first to be served."""
        self._busy.discard(worker)
        self._queue.appendleft(invocation)

    def on_exit(self, worker: Worker) -> None:
        """Forget a worker that has ended."""
        self._busy.discard(worker)
        self._starting.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        self._scale()

    def on_loaded(self, worker: Worker, path: str, version: Version) -> None:
        """Note which file a worker runs, unless it is out of date already."""
        if worker.generation == self._generation:
            self._settings.sources.add(path, version)

    def on_log(self, line: LogLine, request_id: str | None) -> None:
        """Record a line."""
        self._settings.recorder.append(log_entry(self._settings.clock.now(), self.spec.name, line, request_id))

    def _settle(self, worker: Worker, invocation: Invocation, outcome: Outcome, seconds: float) -> None:
        entry = invocation_entry(
            self._settings.clock.now(),
            self.spec,
            invocation.request_id,
            outcome,
            seconds,
            worker.init_seconds,
            worker.max_memory,
        )
        self._settings.recorder.append(entry)
        if not invocation.future.done():
            error = None if outcome.error_type is None else "Unhandled"
            invocation.future.set_result(
                InvocationResult(invocation.request_id, outcome.payload, error, seconds * 1000)
            )

    def _run(self, worker: Worker, invocation: Invocation) -> None:
        self._busy.add(worker)
        worker.run(invocation, self.spec.timeout, self.spec.memory)

    def _offer(self, worker: Worker) -> None:
        """Give a free worker the next event, or keep it for later unless it is out of date."""
        if not self._usable(worker):
            worker.kill()
            self._scale()
            return
        invocation = self._next()
        if invocation is not None:
            self._run(worker, invocation)
        else:
            worker.idle_since = time.monotonic()
            self._idle.append(worker)

    def _take_idle(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if self._usable(worker):
                return worker
            worker.kill()
        return None

    def _usable(self, worker: Worker) -> bool:
        return (
            worker.alive
            and worker.generation == self._generation
            and worker.expires_at > self._settings.clock.now() + _EXPIRY_MARGIN
        )

    def _next(self) -> Invocation | None:
        while self._queue:
            invocation = self._queue.popleft()
            if not invocation.future.done():
                return invocation
        return None

    def _waiting(self) -> int:
        return sum(not invocation.future.done() for invocation in self._queue)

    def _scale(self) -> None:
        """Start a worker for each waiting invocation, up to the limit; give them up when it is closed."""
        if self._closed:
            for invocation in self._queue:
                invocation.future.cancel()
            self._queue.clear()
        unbound = sum(worker.bound is None for worker in self._starting)
        room = self._limit() - len(self._busy) - len(self._starting) - len(self._idle)
        for _ in range(min(len(self._queue) - unbound, room)):
            self._begin()

    def _limit(self) -> int:
        return self._settings.max_workers if self.spec.reserved is None else self.spec.reserved

    def _begin(self, bound: Invocation | None = None) -> None:
        if self._closed:
            return
        worker = Worker(self, self._settings.clock, self._generation, bound)
        self._starting.add(worker)
        launch = asyncio.get_running_loop().create_task(self._launch(worker))
        self._launches.add(launch)
        launch.add_done_callback(self._launches.discard)

    async def _launch(self, worker: Worker) -> None:
        spec, settings = self.spec, self._settings
        try:
            credentials = await settings.credentials(spec.role)
            worker.expires_at = expires_at(credentials)
            environment = worker_environment(
                spec,
                now=settings.clock.now(),
                region=settings.region,
                project=settings.project,
                credentials=credentials,
                endpoints=settings.endpoints(),
            )
            limit = settings.init_timeout if worker.bound is None else spec.timeout
            await worker.start(self._zygote, spec.handler, environment, limit)
        except Exception as error:
            # Whatever a caller's credentials raise is the invocation's to tell.
            worker.give_up()
            self._starting.discard(worker)
            invocation = worker.bound or self._next()
            if invocation is not None and not invocation.future.done():
                invocation.future.set_exception(error)
            self._scale()
