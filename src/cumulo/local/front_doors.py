"""The ports on which the HTTP APIs of a local cloud answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from cumulo.assembly import Assembly
from cumulo.local.http_api.app import http_api
from cumulo.local.http_api.message import Message
from cumulo.local.http_api.response import Response
from cumulo.local.http_api.serving import Server, serve
from cumulo.local.invoking import Invoker
from cumulo.local.journal import Recorder
from cumulo.local.world import World

HTTP_API = "AWS::ApiGatewayV2::Api"


class FrontDoors:
    """A server for each HTTP API, which keeps its port while what it serves changes.

    Parameters
    ----------
    port
        The port of the first API; the others take those after it. 0 takes any free ones.
    services
        Where the data services answer: the issuer of local user pools' tokens.
    invoker
        Runs the functions.
    recorder
        Takes requests and access log lines.
    now
        The clock, in seconds since the epoch.

    Examples
    --------
    >>> doors = FrontDoors(3000, services=endpoint, invoker=host, recorder=journal, now=clock.now)  # doctest: +SKIP
    >>> await doors.open(assembly)  # doctest: +SKIP
    >>> doors.connect(world)  # doctest: +SKIP
    """

    def __init__(
        self, port: int, *, services: str, invoker: Invoker, recorder: Recorder, now: Callable[[], float]
    ) -> None:
        self._port = port
        self._services = services
        self._invoker = invoker
        self._recorder = recorder
        self._now = now
        self._taken: frozenset[int] = frozenset()
        self._servers: dict[tuple[str, str], Server] = {}

    @property
    def urls(self) -> Mapping[str, str]:
        """Where the APIs answer, by logical id."""
        return {logical_id: _url(server) for (_, logical_id), server in self._servers.items()}

    def url(self, stack: str, logical_id: str) -> str:
        """Return where an API answers."""
        return _url(self._servers[stack, logical_id])

    async def open(self, assembly: Assembly, *, taken: frozenset[int] = frozenset()) -> None:
        """Open a port for each API, before the templates that name its URL are deployed; close those of others.

        Parameters
        ----------
        assembly
            What is about to run.
        taken
            Ports that are somebody else's.
        """
        self._taken = taken
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

    def connect(self, world: World) -> None:
        """Serve the APIs of a world, each as new: with full throttles and nothing remembered."""
        for resource in world.of_type(HTTP_API):
            if server := self._servers.get((resource.stack, resource.logical_id)):
                server.app = http_api(
                    world,
                    resource.physical_id,
                    invoker=self._invoker,
                    recorder=self._recorder,
                    now=self._now,
                    services=self._services,
                )

    async def stop(self, timeout: float) -> None:
        """Close all, leaving running requests so many seconds."""
        await asyncio.gather(*(server.stop(timeout) for server in self._servers.values()))

    def _next_port(self) -> int:
        """Return the port of the next API: the first one from the first port on that is not taken."""
        taken = {*self._taken, *(server.port for server in self._servers.values())}
        wanted = self._port
        return next(port for port in range(wanted, wanted + len(taken) + 1) if port not in taken) if wanted else 0


def _url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


async def _not_ready(_: Message) -> Response:
    """Answer while the system behind a port is still being deployed."""
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
    return Response(503, headers, b'{"message": "Service Unavailable"}')
