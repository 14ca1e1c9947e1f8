"""The process that workers are forked from. It runs on its own; the host talks to it through ``processes.py``.

It imports what functions need from third parties once, never starts a thread, and forks a worker on command, so that a
worker is ready in milliseconds and shares that memory. A command is not kept waiting by imports. Messages are JSON
over a socket of packets, with the file descriptors of a new worker's output and events passed along; all workers share
a pipe on which they report the project's files that they import. It ends, with all that it started, as soon as the
host ends.
"""

from __future__ import annotations

import array
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from cumulo.local.emulator.launcher.clock import load
from cumulo.local.functions.preloading import Preloading
from cumulo.local.functions.sandbox import Sandbox, become_subreaper, die_with, enter

MAX_MESSAGE = 1 << 20
"""The largest message of the host, in bytes."""

_END_SECONDS = 2.0


def main() -> None:
    """Serve the host until it ends. Arguments: file descriptors of the socket and the reports, and the host's pid."""
    fd, reports, host = map(int, sys.argv[1:])
    die_with(host, signal.SIGHUP)  # which it survives once it has workers to end
    become_subreaper()
    gc.disable()
    sandbox = _Zygote(socket.socket(fileno=fd), reports).serve()
    if sandbox is not None:
        enter(sandbox)


class _Zygote:
    """Forks, watches and kills workers."""

    def __init__(self, host: socket.socket, reports: int) -> None:
        self._host = host
        self._reports = reports
        self._pids: dict[int, int] = {}
        self._preloading = Preloading()
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._waker, False)

    def serve(self) -> Sandbox | None:
        """Serve the host; return the sandbox to enter in a new worker, ``None`` when the host has ended."""
        parent = os.getppid()
        for signum in (signal.SIGCHLD, signal.SIGHUP):
            signal.signal(signum, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._host, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            ready = dict(poll.poll(0 if self._preloading.unfinished else None))
            if not ready:
                self._preload()
            if self._wake in ready:
                os.read(self._wake, 4096)
                self._reap()
                if os.getppid() != parent:
                    self._end()
                    return None
            if self._host.fileno() in ready:
                message, fds = self._receive()
                if message is None:
                    self._end()
                    return None
                if (sandbox := self._obey(message, fds)) is not None:
                    return sandbox

    def _preload(self) -> None:
        self._preloading.step()
        if not self._preloading.unfinished and (seconds := self._preloading.measured()):
            self._tell(event="imported", seconds=seconds)

    def _obey(self, message: dict[str, Any], fds: list[int]) -> Sandbox | None:
        """Do what the host said; return the sandbox in a new worker."""
        if message["do"] == "spawn":
            return self._fork(message, fds)
        if message["do"] == "kill":
            self._kill(message["id"], message["signal"])
        else:
            self._preloading.add(Path(message["project"]), message["handlers"])
        return None

    def _receive(self) -> tuple[dict[str, Any] | None, list[int]]:
        try:
            data, ancillary, _, _ = self._host.recvmsg(MAX_MESSAGE, socket.CMSG_SPACE(2 * 4))
        except ConnectionError:
            return None, []
        fds = array.array("i")
        for _, _, content in ancillary:
            fds.frombytes(content)
        return (json.loads(data) if data else None), list(fds)

    def _fork(self, message: dict[str, Any], fds: list[int]) -> Sandbox | None:
        zygote = os.getpid()
        output, events = fds
        pid = os.fork()
        if pid == 0:
            # Said by the worker, so that the host knows its process id before it gets any request of it.
            self._tell(event="spawned", id=message["id"], pid=os.getpid())
            self._host.close()
            return Sandbox(
                zygote,
                output,
                events,
                self._reports,
                message["id"],
                message["project"],
                message["handler"],
                message["environment"],
                message["offset"],
            )
        for fd in fds:
            os.close(fd)
        if message["offset"]:
            load()  # once, for all workers that come: this one has been asked for already
        self._pids[message["id"]] = pid
        return None

    def _kill(self, worker: int, signum: int) -> None:
        pid = self._pids.get(worker)
        if pid is not None:
            _kill_group(pid, signum)

    def _reap(self) -> None:
        """Reap what ended, with its process group and what it left behind, and tell the host."""
        workers = {pid: worker for worker, pid in self._pids.items()}
        with contextlib.suppress(ChildProcessError):
            # Looked at before it is reaped: until then its id cannot belong to another process.
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                _kill_group(ended.si_pid, signal.SIGKILL)
                _, status, usage = os.wait4(ended.si_pid, 0)
                worker = workers.get(ended.si_pid)
                if worker is not None:
                    del self._pids[worker]
                    self._tell(event="exited", id=worker, status=status, max_rss_kb=usage.ru_maxrss)
        self._kill_orphans()

    def _kill_orphans(self) -> None:
        """Kill what ended workers left behind: each living worker adopts its own orphans, so all others are ours."""
        workers = set(self._pids.values())
        with contextlib.suppress(OSError):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            for pid in map(int, children):
                if pid not in workers:
                    _kill_group(pid, signal.SIGKILL)

    def _end(self) -> None:
        self._host.close()
        for pid in self._pids.values():
            _kill_group(pid, signal.SIGKILL)
        deadline = time.monotonic() + _END_SECONDS
        with contextlib.suppress(ChildProcessError):
            while time.monotonic() < deadline:
                if os.waitpid(-1, os.WNOHANG) == (0, 0):
                    self._kill_orphans()
                    time.sleep(0.002)

    def _tell(self, **message: object) -> None:
        with contextlib.suppress(OSError):  # the host has ended: the next look at the socket says so
            self._host.send(json.dumps(message).encode())


def _kill_group(pid: int, signum: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signum)
