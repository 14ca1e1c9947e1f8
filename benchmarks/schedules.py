"""One-time schedules: a simulated day of them, and what many that are pending cost."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from benchmarks.harness import ACCOUNT, REGION, REPO, Row, environment, table

if TYPE_CHECKING:
    from cumulo.local.schedules.records import Schedule

FIRING = 10_000
PENDING = 100_000
DAY = 86_400.0
APP = """
from cumulo import App, Function, ScheduleGroup, Stack


class Reminders(Stack):
    def __init__(self, app):
        super().__init__(app, "reminders")
        remind = Function(self, "remind", handler="functions.remind")
        group = ScheduleGroup(self, "reminders")
        Function(self, "make", handler="functions.remind", links=[group.schedule(remind)])


def app(stage):
    app = App("bench", stage)
    Reminders(app)
    return app
"""
FUNCTIONS = """
def remind(event, context):
    with open("fired", "a") as file:
        file.write(f"{event}\\n")
"""
# In a process of its own: open the file, find what is due next, and say how long it took and what memory it needed.
OPEN = """
import json, sys, time
from pathlib import Path
from benchmarks.harness import pss
from cumulo.local.schedules.store import Store
import os
before = pss([os.getpid()])
begun = time.perf_counter()
store = Store(Path(sys.argv[1]), now=0.0)
store.next_due()
taken = time.perf_counter() - begun
print(json.dumps([taken, pss([os.getpid()]) - before]))
"""


def measure() -> list[str]:
    """Return the title and the tables."""
    with tempfile.TemporaryDirectory(prefix="cumulo-bench-") as folder:
        day = uvloop.run(_day(Path(folder)))
    with tempfile.TemporaryDirectory(prefix="cumulo-bench-") as folder:
        pending = _pending(Path(folder) / "schedules.sqlite")
    return [
        "schedules: one-time schedules of EventBridge Scheduler",
        f"{FIRING:,} due within one simulated day, each a function's event; in order, none lost, none twice:\n\n"
        + table(("clock advanced by a day, s",), [Row("cumulo", day)], ("≤ 20",)),
        f"{PENDING:,} pending:\n\n" + table(("to open, s", "memory, MB"), [Row("cumulo", pending)], ("≤ 1", "≤ 100")),
    ]


async def _day(project: Path) -> Sequence[float]:
    from cumulo.local import cloud as local_cloud
    from cumulo.local.place import Place
    from cumulo.synth import synthesize_project

    (project / "pyproject.toml").write_text("[tool.cumulo]\n")
    (project / "app.py").write_text(APP)
    (project / "functions.py").write_text(FUNCTIONS)
    first = math.ceil(time.time()) + 600
    # In an order that is not that of their times.
    numbers = [count * 7919 % FIRING for count in range(FIRING)]
    _fill(
        project / "state" / "schedules.sqlite",
        [_schedule(f"s{number}", first + number * (DAY - 1200) / FIRING, str(number)) for number in numbers],
    )
    place = Place(project, state=project / "state", account=ACCOUNT, region=REGION)
    cloud = await local_cloud.start(lambda: synthesize_project(project, "dev"), place)
    try:
        begun = time.perf_counter()
        await cloud.advance(DAY)
        taken = time.perf_counter() - begun
    finally:
        await cloud.stop()
    fired = [int(line) for line in (project / "fired").read_text().splitlines()]
    if fired != sorted(numbers):
        raise AssertionError("schedules were lost, fired twice or out of order")
    return (taken,)


def _pending(path: Path) -> Sequence[float]:
    payload = json.dumps({"batch": "b" * 36, "user": "u" * 36})
    _fill(path, [_schedule(f"reminder-{number}", 4e9 + number, payload) for number in range(PENDING)])
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(path)],
        cwd=REPO,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    taken, memory = json.loads(done.stdout)
    return taken, memory


def _fill(path: Path, schedules: Sequence[Schedule]) -> None:
    from cumulo.local.schedules.store import Store

    store = Store(path, now=0.0)
    store.put_schedule(*schedules)
    store.close()


def _schedule(name: str, due: float, payload: str) -> Schedule:
    from cumulo.local.schedules.documents import checked
    from cumulo.local.schedules.records import Schedule

    request = {
        "ScheduleExpression": time.strftime("at(%Y-%m-%dT%H:%M:%S)", time.gmtime(due)),
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:bench-dev-remind",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/bench-dev-reminders-remind-scheduler-{REGION}",
            "Input": payload,
        },
    }
    return Schedule("bench-dev-reminders", name, checked(request), 0.0, 0.0)
