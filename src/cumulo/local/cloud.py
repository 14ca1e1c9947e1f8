"""The local cloud: one assembly, running on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from cumulo.assembly import Assembly
from cumulo.errors import CumuloError
from cumulo.local import stacks
from cumulo.local.emulator.process import Emulator
from cumulo.local.functions.host import FunctionHost
from cumulo.local.http_api.app import http_api
from cumulo.local.http_api.message import Message
from cumulo.local.http_api.response import Response
from cumulo.local.http_api.serving import Server, serve
from cumulo.local.invoking import InvocationResult
from cumulo.local.journal import Journal
from cumulo.local.place import Place
from cumulo.local.queues.client import SqsClient
from cumulo.local.queues.pollers import QueuePollers
from cumulo.local.services import Services
from cumulo.local.world import World

HTTP_API = "AWS::ApiGatewayV2::Api"
QUEUE = "AWS::SQS::Queue"
LEAVE_SECONDS = 1.0
"""How long requests and messages that are being worked on may take when the cloud stops, in seconds."""

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
        report: Report,
        ending: AsyncExitStack,
    ) -> None:
        self.place = place
        self.assembly = assembly
        self.emulator = emulator
        self.journal = journal
        self.world = World(place.account, place.region, ())
        self._host = host
        self._report = report
        self._ending = ending
        self._servers: dict[tuple[str, str], Server] = {}
        self._pollers: QueuePollers | None = None
        self._changing = asyncio.Lock()
        ending.push_async_callback(self._stop_working)

    @property
    def urls(self) -> Mapping[str, str]:
        """Where the APIs answer, by logical id."""
        return {logical_id: _url(server) for (_, logical_id), server in self._servers.items()}

    @property
    def outputs(self) -> Mapping[str, Mapping[str, str]]:
        """The stacks' outputs: stack id → output → value."""
        return self.world.outputs

    async def invoke(self, function: str, payload: bytes) -> InvocationResult:
        """Invoke a function by its name in AWS, its id in the declaration or its logical id."""
        return await self._host.invoke(self.function_name(function), payload)

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
        return self._find("function", FUNCTION, name)

    def queue_url(self, name: str) -> str:
        """Return a queue's URL, from its URL, name, id in the declaration or logical id.

        Raises
        ------
        CumuloError
            When there is none; it names those that there are.
        """
        return self._find("queue", QUEUE, name)

    def _find(self, kind: str, type_: str, name: str) -> str:
        prefix = f"{self.assembly.app}-{self.assembly.stage}-"
        known = []
        for resource in self.world.of_type(type_):
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
            await self._serve_apis(assembly)
            world = await self._deploy(assembly)
            await self._host.update(world)
            self.assembly, self.world = assembly, world
            self._connect_apis()
            await self._poll()

    async def drain(self, queue: str, timeout: float = 30.0) -> None:
        """Wait until a queue is empty and nothing of it is being worked on."""
        await self._queues(queue).drain(self.queue_url(queue), timeout)

    async def messages(self, queue: str) -> list[Mapping[str, Any]]:
        """Return the messages that wait in a queue, and leave them there."""
        return await self._queues(queue).messages(self.queue_url(queue))

    async def remember(self) -> None:
        """Remember what the data services hold now, for :meth:`reset`."""
        await self.emulator.snapshot(self.place.account)

    async def reset(self) -> None:
        """Have the system as it was when :meth:`remember` was called: data, queues, throttles, cached answers."""
        await self.emulator.restore(self.place.account)
        self._connect_apis()

    async def stop(self) -> None:
        """Stop everything; what has to last is on disk when this returns."""
        await self._ending.aclose()

    async def _deploy(self, assembly: Assembly) -> World:
        return await stacks.deploy(
            assembly,
            self.emulator,
            account=self.place.account,
            region=self.place.region,
            endpoints=lambda stack, logical_id: _url(self._servers[stack, logical_id]),
            report=self._report,
        )

    async def _serve_apis(self, assembly: Assembly) -> None:
        """Open a port for each API, before the templates that name its URL are deployed."""
        apis = [
            (stack.id, logical_id)
            for stack in assembly.stacks
            for logical_id, resource in stack.resources.items()
            if resource["Type"] == HTTP_API and resource["Properties"].get("ProtocolType", "HTTP") == "HTTP"
        ]
        for gone in self._servers.keys() - set(apis):
            await self._servers.pop(gone).stop()
        for api in apis:
            if api not in self._servers:
                self._servers[api] = await serve(_not_ready, self._next_port())

    def _next_port(self) -> int:
        """Return the port of the next API: the first one from the place's on that is not ours."""
        taken = {self.emulator.port, *(server.port for server in self._servers.values())}
        wanted = self.place.port
        return next(port for port in range(wanted, wanted + len(taken) + 1) if port not in taken) if wanted else 0

    def _connect_apis(self) -> None:
        for resource in self.world.of_type(HTTP_API):
            if server := self._servers.get((resource.stack, resource.logical_id)):
                server.app = http_api(self.world, resource.physical_id, invoker=self._host, recorder=self.journal)

    async def _poll(self) -> None:
        if self._pollers is not None:
            await self._pollers.update(self.world)
        elif any(self.world.of_type(QUEUE)):
            root = self.emulator.root_credentials(self.place.account)
            client = SqsClient(self.emulator.endpoint, self.place.region, root)
            self._pollers = QueuePollers(self.world, invoker=self._host, recorder=self.journal, client=client)
            await self._pollers.start()

    def _queues(self, queue: str) -> QueuePollers:
        if self._pollers is None:
            raise CumuloError(f"there is no queue {queue!r}", hint="the system declares none")
        return self._pollers

    async def _stop_working(self) -> None:
        """Take nothing new; what is being worked on is left a moment, then the functions are ended under it."""
        ending = [asyncio.create_task(server.stop(LEAVE_SECONDS)) for server in self._servers.values()]
        if self._pollers is not None:
            ending.append(asyncio.create_task(self._pollers.stop()))
        if ending:
            await asyncio.wait(ending, timeout=LEAVE_SECONDS)
        await self._host.stop()
        await asyncio.gather(*ending)


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
        ending.push_async_callback(services.stop)
        host = FunctionHost(
            World(place.account, place.region, ()),
            project=place.project,
            credentials=services.role_credentials,
            endpoints=services.endpoints,
            recorder=journal,
            max_workers=place.workers,
        )
        ending.push_async_callback(host.stop)
        await host.start()
        assembly = await asyncio.to_thread(synthesize)
        cloud = Cloud(place, assembly, await services.running(), host, journal, report, ending)
        await cloud.update(assembly)
    except BaseException:
        await ending.aclose()
        raise
    return cloud


def _url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


async def _not_ready(_: Message) -> Response:
    """Answer while the system behind a port is still being deployed."""
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
    return Response(503, headers, b'{"message": "Service Unavailable"}')
