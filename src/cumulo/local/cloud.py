"""The local cloud: one assembly, running on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cumulo.assembly import Assembly
from cumulo.errors import CumuloError
from cumulo.local import clock_file, stacks
from cumulo.local.clock import Clock
from cumulo.local.emulator.process import Emulator
from cumulo.local.expiry import Expiry
from cumulo.local.front_doors import FrontDoors
from cumulo.local.functions.host import FunctionHost
from cumulo.local.invoking import InvocationResult
from cumulo.local.journal import Entry, Journal
from cumulo.local.log_retention import LogRetention
from cumulo.local.mail import Mail, mail_entry, sent_mail
from cumulo.local.metrics import published_entry
from cumulo.local.place import Place
from cumulo.local.queues.client import SqsClient
from cumulo.local.queues.pollers import QueuePollers
from cumulo.local.schedules.service import Schedules
from cumulo.local.schedules.service import start as start_schedules
from cumulo.local.services import Services
from cumulo.local.triggers.pools import PoolTriggers
from cumulo.local.world import World

if TYPE_CHECKING:
    from cumulo.local.alarms.agenda import Alarms
    from cumulo.local.alarms.states import AlarmState

QUEUE = "AWS::SQS::Queue"
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
LEAVE_SECONDS = 1.0
"""How long requests and messages that are being worked on may take when the cloud stops, in seconds."""
SETTLE_SECONDS = 5.0
"""How long the clock waits for functions that are at work when it is moved, in seconds."""

FUNCTION = "AWS::Lambda::Function"
Report = Callable[[str], None]


class Cloud:
    """A running system; made by :func:`start`.

    Attributes
    ----------
    assembly
        What runs.
    world
        Its resources, with every value known.
    journal
        What happened.
    emulator
        The data services.
    clock
        Its time, which can be moved; parts that have work at times are its agendas.
    urls
        Where the APIs answer, by the logical id of the API.
    """

    def __init__(
        self,
        place: Place,
        assembly: Assembly,
        emulator: Emulator,
        host: FunctionHost,
        journal: Journal,
        clock: Clock,
        schedules: Schedules,
        report: Report,
        ending: AsyncExitStack,
    ) -> None:
        self.place = place
        self.assembly = assembly
        self.emulator = emulator
        self.journal = journal
        self.clock = clock
        self._schedules = schedules
        self.world = World(place.account, place.region, ())
        self._host = host
        self._report = report
        self._ending = ending
        self._doors = FrontDoors(place.port, services=emulator.endpoint, invoker=host, recorder=journal, now=clock.now)
        self._pollers: QueuePollers | None = None
        self._changing = asyncio.Lock()
        self._alarms: Alarms | None = None
        self._triggers = PoolTriggers(host)
        emulator.serve(lambda _, request: self._triggers.answer(request), self._hear)
        ending.push_async_callback(self._stop_working)

    def _hear(self, kind: str, facts: Mapping[str, Any]) -> None:
        """Keep what the data services tell: e-mails that were sent, metrics that were published."""
        self.journal.append(mail_entry(facts) if kind == "mail" else published_entry(facts))

    @property
    def urls(self) -> Mapping[str, str]:
        """Where the APIs answer, by logical id."""
        return self._doors.urls

    @property
    def outputs(self) -> Mapping[str, Mapping[str, str]]:
        """The stacks' outputs: stack id → output → value."""
        return self.world.outputs

    @property
    def aws_environment(self) -> Mapping[str, str]:
        """What the AWS CLI and SDKs need to work here as the account's root; the region has two names."""
        region = {"AWS_REGION": self.place.region, "AWS_DEFAULT_REGION": self.place.region}
        root = self.emulator.root_credentials(self.place.account)
        endpoints = {"AWS_ENDPOINT_URL": self.emulator.endpoint, **self._schedules.environment()}
        return {**endpoints, **region, **root.environment()}

    async def invoke(self, function: str, payload: bytes, timeout: float | None = None) -> InvocationResult:
        """Invoke a function by its name in AWS, its id in the declaration or its logical id; the timeout in seconds."""
        return await self._host.invoke(self.function_name(function), payload, timeout)

    @property
    def function_names(self) -> list[str]:
        """The names of the functions in AWS."""
        return [function.physical_id for function in self.world.of_type(FUNCTION)]

    def function_name(self, name: str) -> str:
        """Return a function's name in AWS, from its name, its id in the declaration or its logical id.

        Raises
        ------
        CumuloError
            When there is none; it names those that there are.
        """
        return self._find("function", name, FUNCTION)

    def queue_url(self, name: str) -> str:
        """Return a queue's URL, from its URL, name, id in the declaration or logical id.

        Raises
        ------
        CumuloError
            When there is none; it names those that there are.
        """
        return self._find("queue", name, QUEUE)

    @property
    def alarms(self) -> Mapping[str, AlarmState]:
        """The states of the alarms, by their names in AWS."""
        return self._alarms.states if self._alarms else {}

    def alarm(self, name: str) -> AlarmState:
        """Return the state of an alarm, from its name in AWS, its id in the declaration or its logical id.

        Raises
        ------
        CumuloError
            When there is none; it names those that there are.
        """
        return self.alarms[self._find("alarm", name, *ALARMS)]

    def _find(self, kind: str, name: str, *types: str) -> str:
        prefix = f"{self.assembly.app}-{self.assembly.stage}-"
        known = []
        for resource in (one for one in self.world.resources if one.type in types):
            short = resource.physical_id.rpartition("/")[2].removeprefix(prefix)
            if name in (resource.physical_id, prefix + short, short, resource.logical_id):
                return resource.physical_id
            known.append(short)
        raise CumuloError(f"there is no {kind} {name!r}", hint=f"there are: {', '.join(sorted(known)) or 'none'}")

    async def reload(self, changed: set[Path] | None = None) -> None:
        """Have the next events run the functions' code as it is on disk now."""
        await self._host.reload(changed)

    async def update(self, assembly: Assembly) -> None:
        """Run another assembly of the same system: its templates may have changed."""
        async with self._changing:
            await self._doors.open(assembly, taken=frozenset({self.emulator.port}))
            world = await self._deploy(assembly)
            await self._host.update(world)
            self.assembly, self.world = assembly, world
            self._doors.connect(self.world)
            self._triggers.update(world)
            await self._poll()
            self._watch()
            self._schedules.update(world)

    async def drain(self, queue: str, timeout: float = 30.0) -> None:
        """Wait until a queue is empty and nothing of it is being worked on."""
        await self._queues(queue).drain(self.queue_url(queue), timeout)

    async def messages(self, queue: str) -> list[Mapping[str, Any]]:
        """Return the messages that wait in a queue, and leave them there."""
        return await self._queues(queue).messages(self.queue_url(queue))

    async def mail(self) -> list[Mail]:
        """Return the e-mails that were sent, oldest first."""
        return await sent_mail(self.emulator, self.place.account, self.place.region)

    async def remember(self) -> None:
        """Remember what the data services hold now, for :meth:`reset`."""
        await self.emulator.snapshot(self.place.account)
        self._schedules.remember()

    async def advance(self, seconds: float) -> None:
        """Move the clock ahead: all that is due on the way happens, in order, each at its own time.

        What functions are doing now is left to end first, for a few seconds: it belongs to the time before.

        Parameters
        ----------
        seconds
            How far.

        Raises
        ------
        CumuloError
            When that is negative, or more than a hundred years.
        """
        await self._host.idle(SETTLE_SECONDS)
        await self.clock.advance(seconds)

    async def reset(self) -> None:
        """Have the system as it was when :meth:`remember` was called: data, queues, throttles, cached answers, time."""
        await self.clock.reset()
        await self.emulator.restore(self.place.account)
        await self._schedules.reset()
        self._doors.connect(self.world)
        if self._alarms is not None:
            await self._alarms.reset()

    async def stop(self) -> None:
        """Stop everything; what has to last is on disk when this returns."""
        await self._ending.aclose()

    async def _deploy(self, assembly: Assembly) -> World:
        return await stacks.deploy(
            assembly,
            self.emulator,
            account=self.place.account,
            region=self.place.region,
            endpoints=self._doors.url,
            report=self._report,
        )

    async def _poll(self) -> None:
        if self._pollers is not None:
            await self._pollers.update(self.world)
        elif any(self.world.of_type(QUEUE)):
            root = self.emulator.root_credentials(self.place.account)
            client = SqsClient(self.emulator.endpoint, self.place.region, root, self.clock.now)
            self._pollers = QueuePollers(
                self.world,
                invoker=self._host,
                recorder=self.journal,
                client=client,
                clock=self.clock,
                activity=lambda: self.emulator.changes,
            )
            await self._pollers.start()

    def _watch(self) -> None:
        """Evaluate the alarms; a system without any does not even load what that takes."""
        if self._alarms is not None:
            self._alarms.update(self.world)
        elif any(resource.type in ALARMS for resource in self.world.resources):
            from cumulo.local.alarms.actions import Topics
            from cumulo.local.alarms.agenda import Alarms

            root = self.emulator.root_credentials(self.place.account)
            self._alarms = Alarms(
                self.world,
                journal=self.journal,
                clock=self.clock,
                publisher=Topics(self.emulator.endpoint, self.place.region, root, self.clock.now),
                invoker=self._host,
                folder=self.place.state,
            )
            self.clock.add(self._alarms)

    def _queues(self, queue: str) -> QueuePollers:
        if self._pollers is None:
            raise CumuloError(f"there is no queue {queue!r}", hint="the system declares none")
        return self._pollers

    async def _stop_working(self) -> None:
        """Take nothing new; what is being worked on is left a moment, then the functions are ended under it."""
        ending = [asyncio.create_task(self._doors.stop(LEAVE_SECONDS)), asyncio.create_task(self._schedules.stop())]
        if self._pollers is not None:
            ending.append(asyncio.create_task(self._pollers.stop()))
        await asyncio.wait(ending, timeout=LEAVE_SECONDS)
        await self._host.stop()
        await asyncio.gather(*ending)
        if self._alarms is not None:
            await self._alarms.stop()


async def start(
    synthesize: Callable[[], Assembly],
    place: Place,
    report: Report = lambda _: None,
    services: Services | None = None,
) -> Cloud:
    """Run a system on this machine, on loopback only; returns when it answers.

    Parameters
    ----------
    synthesize
        Makes the assembly, while the data services start.
    place
        Where its state lies and what it listens on.
    report
        Told what takes time, and what goes wrong with the state.
    services
        The data services, when they were started already; they stop with the cloud, or when it can't be started.

    Raises
    ------
    CumuloError
        When a port or the state is in use, the data services can't be made, or a stack can't be deployed.

    Examples
    --------
    >>> cloud = await start(lambda: read(folder), Place(Path(".")))  # doctest: +SKIP
    >>> cloud.urls  # doctest: +SKIP
    {'Api': 'http://127.0.0.1:40123'}
    """
    ending = AsyncExitStack()
    try:
        services = services or Services(place, report)
        journal = Journal(place.state / "journal.sqlite" if place.state else None)
        ending.callback(journal.close)
        clock = _clock(place, journal, ending)
        ending.push_async_callback(services.stop)
        host = FunctionHost(
            World(place.account, place.region, ()),
            project=place.project,
            credentials=services.role_credentials,
            endpoints=lambda: {**services.endpoints(), **schedules.environment()},
            recorder=journal,
            clock=clock,
            max_workers=place.workers,
        )
        ending.push_async_callback(host.stop)
        await host.start()
        assembly = await asyncio.to_thread(synthesize)
        emulator = await services.running()
        emulator.move(clock.offset)
        clock.on_moved(emulator.move)
        schedules = await start_schedules(place, emulator=emulator, clock=clock, invoker=host, recorder=journal)
        cloud = Cloud(place, assembly, emulator, host, journal, clock, schedules, report, ending)
        await cloud.update(assembly)
        clock.add(LogRetention(lambda: cloud.world, journal, clock))
        expiry = Expiry(emulator, journal)
        clock.add(expiry)
        ending.callback(asyncio.create_task(expiry.watch(clock.changed), name="expiry").cancel)
        clock.start()
        ending.push_async_callback(clock.stop)
    except BaseException:
        await ending.aclose()
        raise
    return cloud


def _clock(place: Place, journal: Journal, ending: AsyncExitStack) -> Clock:
    """Return the clock, moved as far as it was when the stage ran last."""

    def failed(text: str) -> None:
        journal.append(Entry(clock.now(), "system", "clock", text, level="ERROR"))

    if place.state is None:
        clock = Clock(report=failed)
    else:
        clock = Clock(clock_file.read(place.state), failed)
        write, close = clock_file.writer(place.state)
        ending.callback(close)
        clock.on_moved(write)
    return clock
