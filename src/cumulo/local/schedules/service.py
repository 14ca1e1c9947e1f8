"""The Scheduler as the local cloud has it: its API, its schedules and what fires them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from cumulo.local.clock import Clock
from cumulo.local.emulator.process import Emulator
from cumulo.local.entries import Recorder
from cumulo.local.http_api.serving import Server, serve
from cumulo.local.invoking import Invoker
from cumulo.local.place import Place
from cumulo.local.queues.client import SqsClient
from cumulo.local.schedules import declared
from cumulo.local.schedules.api import scheduler_api
from cumulo.local.schedules.authorizing import Authorizer
from cumulo.local.schedules.operations import Scheduler
from cumulo.local.schedules.runner import Runner
from cumulo.local.schedules.store import Store
from cumulo.local.world import World


class Schedules:
    """EventBridge Scheduler for one account; made by :func:`start`.

    Parameters
    ----------
    store, authorizer, runner
        Its parts.
    server
        Serves its API.
    queues
        Where messages go.
    clock
        The one clock, of which it is an agenda.
    """

    def __init__(
        self, store: Store, authorizer: Authorizer, runner: Runner, server: Server, queues: SqsClient, clock: Clock
    ) -> None:
        self._store, self._authorizer, self._runner = store, authorizer, runner
        self._server, self._queues, self._clock = server, queues, clock
        self._remembered: sqlite3.Connection | None = None

    @property
    def endpoint(self) -> str:
        """The URL of the API."""
        return f"http://127.0.0.1:{self._server.port}"

    def environment(self) -> Mapping[str, str]:
        """Return the environment variable by which SDKs find the API.

        https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
        """
        return {"AWS_ENDPOINT_URL_SCHEDULER": self.endpoint}

    def update(self, world: World) -> None:
        """Take what a world declares; schedules that were made at run time stay.

        Raises
        ------
        CumuloError
            When the Scheduler would refuse a declaration.
        """
        self._authorizer.forget()
        self._runner.update(world)
        declared.apply(world, self._store, self._clock.now())
        self._clock.changed()

    def remember(self) -> None:
        """Remember the schedules for :meth:`reset`."""
        self._remembered = self._store.snapshot()

    async def reset(self) -> None:
        """Have the schedules as they were when :meth:`remember` was called; what has begun is ended first."""
        await self._runner.settle()
        self._authorizer.forget()
        if self._remembered is not None:
            self._store.restore(self._remembered)
        self._clock.changed()

    async def stop(self) -> None:
        """Take no more requests and fire nothing more; what is due stays for the next start."""
        self._clock.remove(self._runner)
        await self._server.stop()
        await self._runner.stop()
        self._queues.close()
        self._store.close()


async def start(place: Place, *, emulator: Emulator, clock: Clock, invoker: Invoker, recorder: Recorder) -> Schedules:
    """Open the schedules, serve their API on a free port of 127.0.0.1, and have the clock fire them.

    Parameters
    ----------
    place
        Where they are kept, and the account and region that ARNs carry.
    emulator
        Has the queues, the roles and their policies.
    clock
        The one clock.
    invoker
        Calls functions.
    recorder
        Hears what fires and what does not.

    Raises
    ------
    CumuloError
        When the file cannot be opened.

    Examples
    --------
    >>> schedules = await start(place, emulator=emulator, ...)  # doctest: +SKIP
    >>> schedules.environment()  # doctest: +SKIP
    {'AWS_ENDPOINT_URL_SCHEDULER': 'http://127.0.0.1:40125'}
    """
    queues = SqsClient(emulator.endpoint, place.region, emulator.root_credentials(place.account), clock.now)

    async def send(queue: str, body: str, attributes: Mapping[str, str]) -> None:
        account, name = queue.split(":")[4:]
        values = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
        await queues.send(f"{emulator.endpoint}/{account}/{name}", body, MessageAttributes=values)

    store = Store(place.state / "schedules.sqlite" if place.state else None, now=clock.now())
    authorizer = Authorizer(emulator.authorize, place.account, place.region)
    runner = Runner(
        store,
        invoker=invoker,
        send=send,
        authorizer=authorizer,
        recorder=recorder,
        now=clock.now,
        waits=lambda: clock.advancing,
    )
    scheduler = Scheduler(store, authorizer, place.account, place.region, clock.now, clock.changed)
    server = await serve(scheduler_api(scheduler.operations()), 0)
    clock.add(runner)
    return Schedules(store, authorizer, runner, server, queues, clock)
