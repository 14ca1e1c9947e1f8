"""The function host: runs the functions of a world in worker processes and calls them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.local.chance import random_bytes
from cumulo.local.clock import Clock
from cumulo.local.functions.outcomes import REQUEST_LIMIT
from cumulo.local.functions.pool import Credentials, FunctionStatus, Pool, Settings
from cumulo.local.functions.processes import Zygote
from cumulo.local.functions.recording import import_entry
from cumulo.local.functions.sources import Sources
from cumulo.local.functions.spec import FunctionSpec, function_specs, split_reference
from cumulo.local.functions.worker import Invocation
from cumulo.local.invoking import InvocationResult, RequestTooLargeError, UnknownFunctionError
from cumulo.local.journal import Recorder
from cumulo.local.world import World

_WARM_FUNCTIONS = 3
_REAP_SECONDS = 5.0
_LOOK_SECONDS = 0.002
_FAILED_STARTS = 3


class FunctionHost:
    """Runs functions as Lambda does, each event in a process that runs AWS's own runtime client.

    One worker takes one event at a time. Workers are kept warm, started on demand, and replaced after a crash, a
    timeout or a change of code. It belongs to the event loop that it was started on; uvloop makes it faster.

    Parameters
    ----------
    world
        What runs; its ``AWS::Lambda::Function`` resources are used.
    project
        The folder that the functions' code is imported from.
    credentials
        Gives a role's session credentials as environment variables, from a cache of its own. With
        ``AWS_CREDENTIAL_EXPIRATION`` (ISO 8601) among them, workers are replaced a minute before.
    endpoints
        Gives ``AWS_ENDPOINT_URL`` and its like, where functions find the local services; asked for each worker.
    recorder
        Takes log lines (``"log"``), invocations (``"invocation"``) and what was imported for them (``"import"``).
    clock
        The time that functions see and that entries are stamped with. Default: real time.
    max_workers
        The most workers of a function without reserved concurrency; more calls wait their turn. Default 10.
    init_timeout
        The limit of the init phase, in seconds. Default 10, as Lambda's.
    idle_seconds
        How long a function's workers beyond the first are kept without work. Default 60.

    Examples
    --------
    >>> host = FunctionHost(world, project=Path("."), ...)  # doctest: +SKIP
    >>> await host.start()  # doctest: +SKIP
    >>> result = await host.invoke("items-dev-create", b"{}")  # doctest: +SKIP
    """

    def __init__(
        self,
        world: World,
        *,
        project: Path,
        credentials: Credentials,
        endpoints: Callable[[], Mapping[str, str]],
        recorder: Recorder,
        clock: Clock | None = None,
        max_workers: int = 10,
        init_timeout: float = 10.0,
        idle_seconds: float = 60.0,
    ) -> None:
        self._settings = Settings(
            world.region,
            project.resolve(),
            credentials,
            endpoints,
            recorder,
            max_workers,
            init_timeout,
            idle_seconds,
            Sources(),
            clock or Clock(),
        )
        self._pools = {name: self._pool(spec) for name, spec in function_specs(world).items()}
        self._zygotes: set[Zygote] = set()
        self._zygote: Zygote | None = None
        self._failed_starts = 0
        self._reaper: asyncio.Task[None] | None = None
        self._stopped = False

    async def start(self) -> None:
        """Start the process that workers are forked from; it imports while other things start."""
        self._living_zygote()
        self._reaper = asyncio.create_task(self._reap())

    async def stop(self, grace: float = 0.5) -> None:
        """End all processes; they have the grace, in seconds, to react to SIGTERM."""
        self._stopped = True
        if self._reaper is not None:
            self._reaper.cancel()
        for pool in self._pools.values():
            pool.close()
            pool.signal(signal.SIGTERM)
        waiting = [asyncio.create_task(zygote.idle()) for zygote in self._zygotes]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=grace)
            for task in late:
                task.cancel()
        await asyncio.gather(*(zygote.close() for zygote in tuple(self._zygotes)))

    async def invoke(self, function: str, payload: bytes, timeout: float | None = None) -> InvocationResult:
        """Invoke a function and wait for its answer.

        It runs the code as it is on disk: a change of the project's files that workers have imported is noticed here.
        A caller that stops waiting does not stop the function, as on Lambda.
        https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

        Parameters
        ----------
        function
            Its name, partial ARN or ARN, with or without a qualifier.
        payload
            The event, as JSON.
        timeout
            How long to wait for the answer, in seconds; ``None`` for as long as it takes.

        Returns
        -------
        InvocationResult
            The function's answer or the error object.

        Raises
        ------
        TimeoutError
            When the answer takes longer.
        UnknownFunctionError
            When no such function runs here.
        TooManyRequestsError
            When its reserved concurrency is in use.
        RequestTooLargeError
            When the payload is above 6 MB.
        """
        name, qualifier = split_reference(function)
        pool = self._pools.get(name)
        if pool is None or self._stopped:
            raise UnknownFunctionError(function)
        if len(payload) > REQUEST_LIMIT:
            raise RequestTooLargeError(
                f"{len(payload)} byte payload is too large for the RequestResponse invocation type "
                f"(limit {REQUEST_LIMIT} bytes)"
            )
        if self._settings.sources.due() and self._outdated():
            self._replace()
        arn = f"{pool.spec.arn}:{qualifier}" if qualifier else pool.spec.arn
        loop = asyncio.get_running_loop()
        future: asyncio.Future[InvocationResult] = loop.create_future()
        pool.submit(Invocation(_request_id(), payload, arn, future))
        # On the future itself: asyncio.timeout() would cancel the caller's task, and costs more than twice as much.
        expiry = None if timeout is None else loop.call_later(timeout, _give_up, future)
        try:
            return await future
        finally:
            if expiry is not None:
                expiry.cancel()
            # Its exception knows this frame, with the whole request: a circle that only a full collection would end.
            del future

    async def reload(self, changed: Collection[Path] | None = None) -> None:
        """Have the next events run the code as it is on disk now.

        Warm workers are replaced, busy ones when their event has ended; the functions that were used last get a fresh
        worker at once.

        Parameters
        ----------
        changed
            The files that changed. When third-party packages are among them all imports are made anew; ``None`` for
            not known, which takes them as unchanged.
        """
        if any("site-packages" in path.parts for path in changed or ()):
            self._retire_zygote()
        self._hear()
        if changed and all(self._settings.sources.live(str(path)) for path in changed):
            return  # a call that came first has noticed
        self._replace()

    def _outdated(self) -> bool:
        self._hear()
        return self._settings.sources.changed()

    def _hear(self) -> None:
        """Hear of all files that workers have begun to read: a worker that starts may have read one before a save."""
        for zygote in self._zygotes:
            zygote.hear()

    def _replace(self) -> None:
        self._settings.sources.clear()
        for pool in self._pools.values():
            pool.replace()
        used = [pool for pool in self._pools.values() if pool.last_used]
        for pool in sorted(used, key=lambda pool: pool.last_used, reverse=True)[:_WARM_FUNCTIONS]:
            pool.warm()

    async def update(self, world: World) -> None:
        """Run the functions of another world: new ones, changed ones with fresh workers, without those removed."""
        specs = function_specs(world)
        for name in self._pools.keys() - specs.keys():
            removed = self._pools.pop(name)
            removed.close()
            removed.replace()
        for name, spec in specs.items():
            if name not in self._pools:
                self._pools[name] = self._pool(spec)
            elif self._pools[name].spec != spec:
                self._pools[name].replace(spec)
        self._preload()

    async def idle(self, patience: float) -> None:
        """Wait until no function has an event, at most so many seconds; callers may have given up waiting for them."""
        ends = time.monotonic() + patience
        while any(pool.busy for pool in self._pools.values()) and time.monotonic() < ends:
            await asyncio.sleep(_LOOK_SECONDS)

    def warm(self, *functions: str) -> None:
        """Start a worker for each of these functions that has none, so that its first call is fast."""
        for function in functions:
            self._pools[split_reference(function)[0]].warm()

    def status(self) -> dict[str, FunctionStatus]:
        """Return the state of each function's workers, by function name."""
        return {name: pool.status() for name, pool in self._pools.items()}

    @property
    def zygote_pid(self) -> int | None:
        """Process id of the process that workers are forked from."""
        return self._zygote.pid if self._zygote else None

    def _pool(self, spec: FunctionSpec) -> Pool:
        return Pool(spec, self._settings, self._living_zygote)

    def _living_zygote(self) -> Zygote:
        if self._zygote is None or not self._zygote.alive:
            if self._failed_starts >= _FAILED_STARTS:
                raise CumuloError(
                    "the process that runs functions ends as soon as it starts",
                    hint="its own message stands above; reinstall the environment if a package is broken",
                )
            self._zygote = Zygote(self._settings.project, self._zygote_ended, self._imported)
            self._zygotes.add(self._zygote)
            self._preload()
        return self._zygote

    def _preload(self) -> None:
        if self._zygote is not None:
            self._zygote.preload(sorted({pool.spec.handler for pool in self._pools.values()}))

    def _zygote_ended(self, zygote: Zygote) -> None:
        self._zygotes.discard(zygote)
        self._failed_starts = self._failed_starts + 1 if zygote.broken else 0

    def _imported(self, seconds: Mapping[str, float]) -> None:
        now = self._settings.clock.now()
        for module, each in seconds.items():
            self._settings.recorder.append(import_entry(now, module, each))

    def _retire_zygote(self) -> None:
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.retire()
        self._failed_starts = 0
        self._living_zygote()

    async def _reap(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_REAP_SECONDS)
                for pool in self._pools.values():
                    pool.reap()


def _give_up(future: asyncio.Future[InvocationResult]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())


def _request_id() -> str:
    """Return a random UUID (RFC 9562, version 4) in a third of the time that the standard library takes."""
    digits = random_bytes(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
