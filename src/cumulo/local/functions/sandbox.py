"""What a freshly forked worker does before it becomes the function's runtime."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import importlib
import importlib.machinery
import json
import os
import random
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.abc import PathEntryFinder

from cumulo.local.emulator.launcher.clock import MovedTime
from cumulo.local.functions.sources import version

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LOG_FD = 3
_REPORT_FD = 4
_EVENTS_FD = 5
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What one worker is.

    Parameters
    ----------
    zygote
        Process id of its parent, with which it ends.
    output
        File descriptor of the pipe that takes its output.
    events
        File descriptor of the socket that it takes events from.
    reports
        File descriptor of the pipe that takes reports of the files that it imports.
    number
        The worker's number in reports.
    project
        The folder of the function's code.
    handler
        ``"package.module.function"``.
    environment
        Its whole environment.
    offset
        How far its time is ahead of real time during its init phase, in seconds.
    """

    zygote: int
    output: int
    events: int
    reports: int
    number: int
    project: str
    handler: str
    environment: Mapping[str, str]
    offset: float


def die_with(parent: int, signum: int = signal.SIGKILL) -> None:
    """Have this process get a signal when its parent ends, however that ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:  # it ended before the call
        os._exit(0)


def become_subreaper() -> None:
    """Adopt the orphans among this process's descendants, daemons included, so that they can be found."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def enter(sandbox: Sandbox) -> None:
    """Turn this process into the worker and run AWS's runtime client in it; it does not return."""
    die_with(sandbox.zygote)
    os.setsid()
    become_subreaper()
    _reset_signals()
    _set_descriptors(sandbox.output, sandbox.reports, sandbox.events)
    os.environ.clear()
    os.environ.update(sandbox.environment, _LAMBDA_TELEMETRY_LOG_FD=str(_LOG_FD))
    time.tzset()
    random.seed()
    os.chdir(sandbox.project)
    _set_import_path(sandbox.project, sandbox.environment.get("PYTHONPATH", ""), sandbox.number)
    gc.enable()
    sys.argv = ["bootstrap.py", sandbox.handler]
    moved = MovedTime()
    moved.to(sandbox.offset)
    # Imported only now: the runtime client reads the environment as it is imported.
    client = importlib.import_module("cumulo.local.functions.client")
    client.run(sandbox.handler, socket.socket(fileno=_EVENTS_FD), moved)


def _reset_signals() -> None:
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _set_descriptors(output: int, reports: int, events: int) -> None:
    # All first move out of the way: they may have the very numbers that they, or others, are to get.
    output, reports, events = (
        fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _EVENTS_FD + 1) for fd in (output, reports, events)
    )
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(output, _LOG_FD, inheritable=False)
    os.dup2(reports, _REPORT_FD, inheritable=False)
    os.dup2(events, _EVENTS_FD, inheritable=False)
    os.closerange(_EVENTS_FD + 1, os.sysconf("SC_OPEN_MAX"))


def _fresh_source(worker: int) -> type[importlib.machinery.SourceFileLoader]:
    class FreshSource(importlib.machinery.SourceFileLoader):
        """Compiles the source itself: a cached file is told apart by seconds and size only, which misses a quick save.

        The host hears which version of a file is about to be read.
        """

        def path_stats(self, path: str) -> Mapping[str, float]:
            report = json.dumps([worker, path, version(path)]).encode() + b"\n"
            if len(report) <= select.PIPE_BUF:  # as much as a pipe takes in one piece
                with contextlib.suppress(OSError):  # the function has closed it
                    os.write(_REPORT_FD, report)
            raise OSError(path)

    return FreshSource


def _set_import_path(project: str, extra: str, worker: int) -> None:
    """Put the project first, as Lambda does with ``/var/task``, and read its modules from their source."""
    sys.path[:] = [project, *filter(None, extra.split(os.pathsep)), *(path for path in sys.path if path != project)]
    details = (
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (_fresh_source(worker), importlib.machinery.SOURCE_SUFFIXES),
    )
    fresh = importlib.machinery.FileFinder.path_hook(*details)

    def hook(path: str) -> PathEntryFinder:
        if "site-packages" in path or not f"{path}/".startswith(f"{project}/"):
            raise ImportError(path)
        return fresh(path)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()
