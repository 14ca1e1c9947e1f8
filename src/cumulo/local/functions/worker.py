"""One worker: a process that runs AWS's runtime client, its events and its output."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cumulo.local.chance import random_bytes
from cumulo.local.clock import Clock
from cumulo.local.functions.channel import Channel, Event
from cumulo.local.functions.logs import LogLine, LogParser
from cumulo.local.functions.memory import exceeds, peak_memory
from cumulo.local.functions.outcomes import Outcome, exited, out_of_memory, timed_out
from cumulo.local.functions.processes import Zygote
from cumulo.local.functions.sources import Version
from cumulo.local.invoking import InvocationResult

_READ_SIZE = 65_536
_DRAIN_READS = 4  # a pipe holds 64 KiB: what was written before an answer is read then, whoever writes on
# The runtime client's own, before each error of the init phase: it says nothing about it.
_ADVICE = "LAMBDA_WARNING: Unhandled exception."
_MEMORY_SAMPLE_SECONDS = 0.1
_LOOK_SECONDS = 0.1


@dataclass(slots=True, eq=False)
class Invocation:
    """One invocation that is waiting or under way.

    Parameters
    ----------
    request_id
        Its request id.
    payload
        The event, as JSON.
    arn
        The ARN that was invoked.
    future
        Takes the result; its caller may have given up on it.
    """

    request_id: str
    payload: bytes
    arn: str
    future: asyncio.Future[InvocationResult]


class Owner(Protocol):
    """What a worker's pool hears from it."""

    def on_ready(self, worker: Worker) -> None:
        """Hear that the init phase is over."""

    def on_done(self, worker: Worker, invocation: Invocation, outcome: Outcome, seconds: float) -> None:
        """Hear how an invocation ended, and how long it took."""

    def on_init_failed(self, worker: Worker, failure: Callable[[str], Outcome]) -> None:
        """Hear that the init phase ended in an error, which ``failure`` words for a request id."""

    def on_init_timeout(self, worker: Worker) -> None:
        """Hear that the init phase took too long; the worker is killed already."""

    def on_undelivered(self, worker: Worker, invocation: Invocation) -> None:
        """Hear that the worker ended before it took the event."""

    def on_exit(self, worker: Worker) -> None:
        """Hear that the process has ended."""

    def on_loaded(self, worker: Worker, path: str, version: Version) -> None:
        """Hear that the worker reads a file of the project, in a version of it."""

    def on_log(self, line: LogLine, request_id: str | None) -> None:
        """Take a line that the worker wrote."""


class Worker:
    """One execution environment of a function.

    Parameters
    ----------
    owner
        Its pool.
    clock
        The time that it sees.
    generation
        Which version of code and settings it runs.
    bound
        The invocation inside which the init phase is repeated, under the function's timeout; ``None`` for an init
        phase of its own.
    """

    def __init__(self, owner: Owner, clock: Clock, generation: int, bound: Invocation | None = None) -> None:
        self.generation = generation
        self.bound = bound
        self.expires_at = float("inf")
        self.pid: int | None = None
        self.init_seconds: float | None = None
        self.idle_since = 0.0
        self.max_memory = 0
        self.alive = True
        self._owner = owner
        self._clock = clock
        self._channel = Channel(self)
        self._loop = asyncio.get_running_loop()
        self._ready = False
        self._zygote: Zygote | None = None
        self._number = 0
        self._output = -1
        self._parser = LogParser()
        self._limit = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._spawned_at = 0.0
        self._began = 0.0
        self._sampled_at = 0.0
        self._invocation: Invocation | None = None
        self._request_id = bound.request_id if bound else None

    async def start(
        self, zygote: Callable[[], Zygote], handler: str, environment: Mapping[str, str], limit: float
    ) -> None:
        """Start the process; its init phase may take as long as the limit, in seconds."""
        events = await self._channel.open()
        if not self.alive:
            os.close(events)
            self._channel.close()
            return
        self._limit = limit
        self._zygote = zygote()
        self._output, theirs = os.pipe()
        os.set_blocking(self._output, False)
        self._loop.add_reader(self._output, self._read)
        self._number = self._zygote.spawn(self, handler, environment, (theirs, events), self._clock.offset)

    def run(self, invocation: Invocation, timeout: float, memory: int) -> None:
        """Give it an event; the function's timeout is in seconds, its memory in MB."""
        now = self._clock.now()
        self._invocation = invocation
        self._request_id = invocation.request_id
        self._limit = timeout
        self._began = time.perf_counter()
        if self.bound is invocation:
            timeout -= self._began - self._spawned_at
            self._began = self._spawned_at
        self._look_after(self._loop.time() + timeout, memory)
        token = random_bytes(20).hex()
        trace_id = f"Root=1-{int(now):08x}-{token[:24]};Parent={token[24:]};Sampled=0"
        deadline = int((now + timeout) * 1000)
        offset = self._clock.offset
        self._channel.send(Event(invocation.request_id, invocation.payload, deadline, offset, invocation.arn, trace_id))

    def give_up(self) -> None:
        """Let go of what was opened for a process that cannot be started."""
        self._channel.close()

    def kill(self, signum: int = signal.SIGKILL) -> None:
        """Send it and its children a signal; after SIGKILL nothing but its end is heard of it."""
        if signum == signal.SIGKILL:
            self.alive = False
            self._cancel_timer()
        if self._zygote is not None:
            self._zygote.kill(self._number, signum)

    def on_spawned(self, pid: int) -> None:
        """Begin the init phase."""
        self.pid = pid
        self._spawned_at = time.perf_counter()
        if self.alive:
            self._timer = self._loop.call_later(self._limit, self._time_out)

    def on_loaded(self, path: str, version: Version) -> None:
        """Pass on which file it reads."""
        self._owner.on_loaded(self, path, version)

    def on_ready(self) -> None:
        """End the init phase."""
        if self.pid is None and self._zygote is not None:
            self._zygote.catch_up()
        if self.alive:
            self._cancel_timer()
            self._ready = True
            self.init_seconds = time.perf_counter() - self._spawned_at
            self._drain()
            self._owner.on_ready(self)

    def on_outcome(self, outcome: Outcome) -> None:
        """End the invocation."""
        if self._invocation is not None:
            self._finish(outcome)

    def on_init_error(self, outcome: Outcome) -> None:
        """End the init phase with the error that the runtime client reported."""
        if self.alive and not self._ready:
            self._drain()
            self.kill()
            self._owner.on_init_failed(self, lambda _: outcome)

    def on_exit(self, wait_status: int) -> None:
        """Take note of the process's end."""
        unexpected, self.alive = self.alive, False
        self._drain()
        if self._invocation is not None and self._channel.undelivered:
            self._owner.on_undelivered(self, self._invocation)
        elif self._invocation is not None:
            self._finish(exited(self._invocation.request_id, wait_status))
        elif unexpected and not self._ready:
            self._owner.on_init_failed(self, lambda request_id: exited(request_id, wait_status))
        self._close()

    def on_lost(self) -> None:
        """Take note that the process was killed with its zygote: an init phase may begin again elsewhere."""
        unexpected, self.alive = self.alive, False
        self._drain()
        if self._invocation is not None and not self._channel.undelivered:
            self._finish(exited(self._invocation.request_id, signal.SIGKILL))
        elif unexpected and (waiting := self._invocation or self.bound) is not None:
            self._owner.on_undelivered(self, waiting)
        self._close()

    def _look_after(self, deadline: float, memory: int) -> None:
        """Look at the event under way in a while, at the latest at its deadline."""
        after = min(deadline - self._loop.time(), _LOOK_SECONDS)
        self._timer = self._loop.call_later(after, self._look, deadline, memory)

    def _look(self, deadline: float, memory: int) -> None:
        if self._loop.time() >= deadline:
            self._time_out()
        elif self.pid is not None and self._invocation is not None and exceeds(self.pid, memory):
            self._drain()
            self.kill()
            self._finish(out_of_memory(self._invocation.request_id))
        else:
            self._look_after(deadline, memory)

    def _time_out(self) -> None:
        self._drain()
        self.kill()
        if self._ready or self.bound is not None:
            self._invocation = self._invocation or self.bound
            assert self._invocation is not None  # noqa: S101 - told to mypy
            self._finish(timed_out(self._invocation.request_id, self._limit))
        else:
            self._owner.on_init_timeout(self)

    def _finish(self, outcome: Outcome) -> None:
        self._drain()
        self._cancel_timer()
        seconds = time.perf_counter() - self._began
        self._sample_memory()
        invocation, self._invocation = self._invocation, None
        assert invocation is not None  # noqa: S101 - told to mypy
        self._owner.on_done(self, invocation, outcome, seconds)
        self.init_seconds = None

    def _read(self) -> bool:
        """Take what has been written; return whether there may be more."""
        try:
            data = os.read(self._output, _READ_SIZE)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(self._output)
            return False
        for line in self._parser.feed(data):
            if self._ready or _ADVICE not in line.text:
                self._owner.on_log(line, self._request_id)
        return len(data) == _READ_SIZE

    def _drain(self) -> None:
        """Take all that was written up to now, an unfinished line too."""
        if self._output < 0:
            return
        for _ in range(_DRAIN_READS):
            if not self._read():
                break
        for line in self._parser.flush():
            self._owner.on_log(line, self._request_id)

    def _sample_memory(self) -> None:
        now = time.monotonic()
        if self.pid is None or now - self._sampled_at < _MEMORY_SAMPLE_SECONDS:
            return
        self._sampled_at = now
        self.max_memory = max(self.max_memory, peak_memory(self.pid))

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._cancel_timer()
        self._channel.close()
        if self._output >= 0:
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = -1
        self._owner.on_exit(self)
