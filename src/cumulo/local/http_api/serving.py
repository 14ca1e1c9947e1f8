"""Serving an app on 127.0.0.1, and nowhere else."""

from __future__ import annotations

import asyncio
import errno
import socket

from cumulo.errors import CumuloError
from cumulo.local.http_api.protocol import App, Connection
from cumulo.local.place import PortInUseError

HOST = "127.0.0.1"


class Server:
    """A running server; made by :func:`serve`.

    Parameters
    ----------
    app
        The app that answers.

    Attributes
    ----------
    app
        The app that answers; assigning another one takes effect with the next request, also on open connections.
    port
        The port it listens on.
    connections, tasks
        The open connections, and the requests under way.
    """

    def __init__(self, app: App) -> None:
        self.app = app
        self.port = 0
        self.connections: set[Connection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        """Listen on a port of 127.0.0.1; 0 takes any free one."""
        listener = _listen(port)
        self.port = listener.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: Connection(self, loop), sock=listener, backlog=2048)

    async def stop(self, timeout: float = 5.0) -> None:
        """Stop: take no new connections, let running requests end, then close.

        Parameters
        ----------
        timeout
            How long running requests may take, in seconds.
        """
        if self._listener is not None:
            self._listener.close()
        for connection in list(self.connections):
            connection.shut_down()
        running = set(self.tasks)
        if running:
            _, late = await asyncio.wait(running, timeout=timeout)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        for connection in list(self.connections):
            connection.abort()
        await asyncio.sleep(0)


async def serve(app: App, port: int) -> Server:
    """Serve an app on 127.0.0.1, on the running event loop.

    Parameters
    ----------
    app
        The app.
    port
        The port; 0 takes any free one.

    Returns
    -------
    Server
        Already listening; its ``port`` says where, and ``await server.stop()`` ends it.

    Raises
    ------
    CumuloError
        When the port is in use (a :class:`PortInUseError`) or not allowed.

    Examples
    --------
    >>> server = await serve(app, 0)  # doctest: +SKIP
    >>> server.app = http_api(new_world, api_id, invoker=functions, recorder=journal)  # doctest: +SKIP
    >>> await server.stop()  # doctest: +SKIP
    """
    server = Server(app)
    await server.start(port)
    return server


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # So that a restart need not wait for the last run's connections to be forgotten.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        # Listening here, too, finds a second server that bound the port at the same time.
        listener.listen(2048)
        listener.setblocking(False)
    except (OSError, OverflowError) as error:
        listener.close()
        raise _cannot_listen(port, error) from error
    return listener


def _cannot_listen(port: int, error: Exception) -> CumuloError:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return PortInUseError(port)
    if code == errno.EACCES:
        return CumuloError(f"port {port} may not be used by this user", hint="choose a port above 1023")
    return CumuloError(f"cannot listen on port {port}", hint="choose a port from 1024 to 65535, or 0 for any free one")
