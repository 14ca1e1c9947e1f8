"""The host's end of the zygote: starts it, and asks it to start and kill workers."""

from __future__ import annotations

import array
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from cumulo.local.functions.sources import Version
from cumulo.local.functions.zygote import MAX_MESSAGE

_CODE = "from cumulo.local.functions.zygote import main; main()"
_READ_SIZE = 65_536  # what a pipe holds


class Process(Protocol):
    """What the zygote tells about one worker process."""

    def on_spawned(self, pid: int) -> None:
        """Hear that it runs."""

    def on_loaded(self, path: str, version: Version) -> None:
        """Hear that it reads a file of the project, in a version of it."""

    def on_exit(self, wait_status: int) -> None:
        """Hear that it has ended, with a status as of ``os.wait``."""

    def on_lost(self) -> None:
        """Hear that it was killed because its zygote ended."""


class Zygote:
    """One zygote process.

    It can be given work at once.

    Parameters
    ----------
    project
        The folder of the functions' code.
    on_end
        Called once when the process has ended, after all its workers were told.
    on_imported
        Called with the seconds that each third-party module took which it has imported for all workers.

    Examples
    --------
    >>> zygote = Zygote(Path.cwd(), on_end=print, on_imported=print)  # doctest: +SKIP
    """

    def __init__(
        self,
        project: Path,
        on_end: Callable[[Zygote], None],
        on_imported: Callable[[Mapping[str, float]], None],
    ) -> None:
        self._project = project
        self._on_end = on_end
        self._on_imported = on_imported
        self._loop = asyncio.get_running_loop()
        self._workers: dict[int, Process] = {}
        self._pids: dict[int, int] = {}
        self._outbox: deque[tuple[bytes, Sequence[int]]] = deque()
        self._next_id = 0
        self._retired = False
        self._proved = False
        self._ended = self._loop.create_future()
        self._workless = self._loop.create_future()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._socket, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_MESSAGE)
        self._reports, reports = os.pipe()
        os.set_blocking(self._reports, False)
        self._report = b""  # the beginning of one
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-X",
                    "utf8",
                    "-c",
                    _CODE,
                    str(theirs.fileno()),
                    str(reports),
                    str(os.getpid()),
                ],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), reports),
                start_new_session=True,
            )
        os.close(reports)
        self._socket.setblocking(False)
        self._pidfd = os.pidfd_open(self._process.pid)
        self._loop.add_reader(self._socket, self._receive)
        self._loop.add_reader(self._pidfd, self._end)
        self._loop.add_reader(self._reports, self.hear)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def broken(self) -> bool:
        """Whether it ended by an error of its own before it had started a worker."""
        return not self._proved and (self._process.returncode or 0) > 0

    @property
    def alive(self) -> bool:
        """Whether it takes work."""
        return not self._retired and not self._ended.done()

    def preload(self, handlers: Sequence[str]) -> None:
        """Have it import, once for all workers, what handlers import from third parties."""
        self._send({"do": "preload", "project": str(self._project), "handlers": list(handlers)})

    def spawn(
        self, process: Process, handler: str, environment: Mapping[str, str], fds: Sequence[int], offset: float
    ) -> int:
        """Start a worker.

        Parameters
        ----------
        process
            Hears of it.
        handler, environment
            What it runs, with which environment variables.
        fds
            File descriptors for its output and its events; closed here when they were handed over.
        offset
            How far its time is ahead of real time during its init phase, in seconds.

        Returns
        -------
        int
            Its number, for :meth:`kill`.
        """
        self._next_id += 1
        self._workers[self._next_id] = process
        message = {
            "do": "spawn",
            "id": self._next_id,
            "project": str(self._project),
            "handler": handler,
            "environment": dict(environment),
            "offset": offset,
        }
        self._send(message, fds)
        return self._next_id

    def kill(self, worker: int, signum: int = signal.SIGKILL) -> None:
        """Send a signal to a worker and all processes of its group; nothing happens when it has ended."""
        if worker in self._workers:
            self._send({"do": "kill", "id": worker, "signal": int(signum)})

    def catch_up(self) -> None:
        """Take what it has said up to now: a worker may be heard before the news of its start."""
        if self._socket.fileno() >= 0:
            self._receive()

    def hear(self) -> None:
        """Pass on what workers have reported up to now."""
        try:
            data = os.read(self._reports, _READ_SIZE)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._reports)
        *reports, self._report = (self._report + data).split(b"\n")
        for report in reports:
            number, path, version = json.loads(report)
            if number in self._workers:
                self._workers[number].on_loaded(path, version)

    def retire(self) -> None:
        """Take no more work and end when the last worker has ended."""
        self._retired = True
        if not self._workers:
            self._disconnect()

    async def idle(self) -> None:
        """Wait until it has no worker."""
        if self._workers:
            await asyncio.shield(self._workless)

    async def close(self) -> None:
        """End it with all its workers, and wait until they are gone."""
        self._retired = True
        self._disconnect()
        await asyncio.shield(self._ended)

    def _send(self, message: Mapping[str, object], fds: Sequence[int] = ()) -> None:
        self._outbox.append((json.dumps(message).encode(), fds))
        if len(self._outbox) == 1:
            self._flush()

    def _flush(self) -> None:
        while self._outbox:
            data, fds = self._outbox[0]
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
            try:
                self._socket.sendmsg([data], ancillary)
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._flush)
                return
            except OSError:  # it has ended, and its end is about to be noticed
                return
            self._outbox.popleft()
            for fd in fds:
                os.close(fd)
        self._loop.remove_writer(self._socket)

    def _receive(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := self._read():
                self._take(json.loads(data))
        if not self._workers:
            self._on_workless()

    def _take(self, message: Mapping[str, Any]) -> None:
        if message["event"] == "imported":
            self._on_imported(message["seconds"])
        elif message["event"] == "spawned":
            self._proved = True
            self._pids[message["id"]] = message["pid"]
            self._workers[message["id"]].on_spawned(message["pid"])
        else:
            self._pids.pop(message["id"], None)
            self._workers.pop(message["id"]).on_exit(message["status"])

    def _on_workless(self) -> None:
        workless, self._workless = self._workless, self._loop.create_future()
        workless.set_result(None)
        if self._retired:
            self._disconnect()

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(MAX_MESSAGE)
        except ConnectionError:
            data = b""
        if not data:
            self._loop.remove_reader(self._socket)
        return data

    def _disconnect(self) -> None:
        """Close the socket: the zygote takes that as its end."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    def _end(self) -> None:
        """Tell all workers of their end: the kernel killed those that a zygote left behind."""
        if self._socket.fileno() >= 0:
            self._receive()
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._loop.remove_reader(self._reports)
        os.close(self._reports)
        self._process.wait()
        self._disconnect()
        for _, fds in self._outbox:
            for fd in fds:
                os.close(fd)
        self._outbox.clear()
        for pid in self._pids.values():  # their groups may hold processes that outlived them
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        self._pids.clear()
        workers, self._workers = self._workers, {}
        self._ended.set_result(None)
        self._on_end(self)
        for process in workers.values():
            process.on_lost()


def _environment() -> dict[str, str]:
    """Return what the interpreter itself needs; workers replace it by their own."""
    loader = {key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ}
    version = f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}"
    return {"LANG": "en_US.UTF-8", "TZ": ":UTC", "PATH": "/usr/bin:/bin", "AWS_EXECUTION_ENV": version, **loader}
