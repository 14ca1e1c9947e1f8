"""From the command to the first answer, of a system that has run before."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.harness import BIN, REPO, environment, free_port, get, items, median, row, running, table, wait_for

TIMES = 7


def measure() -> list[str]:
    """Return the title and the tables."""
    rows = [
        row("cumulo dev", lambda: _starts(cumulo), "data services up, the system deployed to them"),
        row("serverless-offline", lambda: _starts(serverless_offline), "no data service"),
        row("chalice local", lambda: _starts(chalice), "no data service"),
    ]
    return ["start: items, second start, command to first 200 of GET /health", table(("s",), rows, ("≤ 1.25",))]


def _starts(server) -> Sequence[float]:
    with items() as folder:

        def once() -> float:
            start = time.perf_counter()
            with server(folder) as (process, port):
                wait_for(process, port, "/health")
                return time.perf_counter() - start

        once()
        return (median(TIMES, once),)


@contextlib.contextmanager
def cumulo(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port, services = free_port(), free_port()
    command = [BIN / "cumulo", "dev", "--port", str(port), "--services-port", str(services)]
    with running(command, folder) as process:
        yield process, port
        # The data services were up as well.
        get(services, "/")


@contextlib.contextmanager
def serverless_offline(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    ports = ["--httpPort", str(port), "--lambdaPort", str(free_port())]
    command = [peers.node(*peers.OSLS) / "osls", "offline", "start", "--noPrependStageInUrl", *ports, *more]
    with running(command, folder) as process:
        yield process, port


@contextlib.contextmanager
def chalice(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    command = [peers.python(*peers.CHALICE) / "chalice", "local", "--port", str(port), *more]
    # What `vendor` would hold.
    paths = environment(PYTHONPATH=f"{folder}:{REPO / 'src'}")
    with running(command, folder / "chalice", env=paths) as process:
        yield process, port
