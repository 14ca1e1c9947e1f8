"""What `cumulo dev` needs while nobody calls, and what each warm worker adds."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks import start
from benchmarks.harness import descendants, get, items, pss, row, table, wait_for

SETTLE = 4
# One function each; all import Powertools, pydantic and the models of items, and the item functions a boto3 client.
WARM = ("/openapi.json", "/items?category=shoes", "/items/none")


def measure() -> list[str]:
    """Return the title and the tables."""
    rows = [
        row("cumulo dev", cumulo, "CLI, gateway, function host, emulator of the data services"),
        row("serverless-offline", lambda: _peer(start.serverless_offline), "no data service; its Python per function"),
        row("chalice local", lambda: _peer(start.chalice), "no data service; handlers in the server's process"),
    ]
    columns = ("idle after one GET /health, MB", "each warm worker more, MB")
    return ["memory: PSS of the whole process tree, items", table(columns, rows, ("≤ 200", "≤ 40"))]


def cumulo() -> Sequence[float]:
    with items() as folder, start.cumulo(folder) as (process, port):
        wait_for(process, port, "/health")
        time.sleep(SETTLE)
        idle = pss([process.pid, *descendants(process.pid)])
        before = _workers(process.pid)
        for path in WARM:
            get(port, path)
        time.sleep(SETTLE)
        added = _workers(process.pid) - before
        more = pss([process.pid, *descendants(process.pid)]) - idle
        return idle, more / max(added, 1)


def _workers(pid: int) -> int:
    return len(descendants(pid))


def _peer(server) -> Sequence[float | None]:
    with items() as folder, server(folder) as (process, port):
        wait_for(process, port, "/health")
        time.sleep(SETTLE)
        return pss([process.pid, *descendants(process.pid)]), None
