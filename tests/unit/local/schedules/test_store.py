import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.local.schedules._laboratory import BEGIN, Laboratory, schedule, world

from cumulo.errors import CumuloError
from cumulo.local.schedules.records import Group
from cumulo.local.schedules.store import Store

AT = "at(2027-01-15T09:00:00)"

# Makes a schedule, says so, fires it, and says when its function is at work.
CHILD = """
import asyncio, sys
from pathlib import Path
from cumulo.local.schedules.store import Store
from tests.unit.local.schedules._laboratory import *

async def main():
    laboratory = Laboratory(Store(Path(sys.argv[1]), now=BEGIN), world())
    laboratory.store.put_schedule(schedule("once", "at(2027-01-15T09:00:00)", ActionAfterCompletion="DELETE"))
    print("made", flush=True)
    if sys.argv[2] == "made":
        await asyncio.sleep(60)
    async def invoke(function, payload):
        print("invoked", flush=True)
        await asyncio.sleep(60)
    laboratory.invoke = invoke
    laboratory.runner._invoker = type("I", (), {"invoke": staticmethod(invoke)})
    await laboratory.advance(7200)

asyncio.run(main())
"""


def killed(path: Path, moment: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), moment],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[4],
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == moment:
                break
        child.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("moment", ["made", "invoked"])
async def test_a_killed_process_loses_nothing_and_repeats_once(tmp_path, moment) -> None:
    path = tmp_path / "schedules.sqlite"
    killed(path, moment)
    laboratory = Laboratory(Store(path, now=BEGIN), world())
    await laboratory.advance(86_400)
    assert len(laboratory.events) == 1
    laboratory.store.close()
    again = Laboratory(Store(path, now=BEGIN), world())
    await again.advance(86_400)
    assert again.events == []
    assert list(again.store.schedules()) == []


def test_what_is_stored_is_there_after_a_restart(tmp_path) -> None:
    path = tmp_path / "state" / "schedules.sqlite"
    store = Store(path, now=BEGIN)
    made, group = schedule("once", AT, group="g"), Group("g", BEGIN, BEGIN, {"a": "b"}, token="t")
    store.put_group(group)
    store.put_schedule(made)
    store.close()
    again = Store(path, now=BEGIN)
    assert again.group("g") == group
    assert again.schedule("g", "once") == made
    assert again.next_due() == BEGIN + 3600


async def test_a_retry_waits_over_a_restart(tmp_path) -> None:
    path = tmp_path / "schedules.sqlite"
    laboratory = Laboratory(Store(path, now=BEGIN), world(), fails=lambda _number: "Unhandled")
    laboratory.store.put_schedule(schedule("once", AT))
    await laboratory.advance(3600)
    laboratory.store.close()
    again = Laboratory(Store(path, now=laboratory.now), world(), now=laboratory.now)
    await again.advance(3600)
    assert [time for time, _ in again.events] == [3660]


def test_a_long_rest_does_not_make_up_for_each_minute() -> None:
    store = Store(None, now=BEGIN)
    store.put_schedule(schedule("r", "rate(1 minute)"))
    morning = BEGIN + 8 * 3600
    fired = 0
    while store.next_due() <= morning:
        fired += len(store.begin(morning))
    assert fired == 11  # the one that was due, and those of the last ten minutes


def test_a_deleted_group_takes_its_schedules_and_their_retries_along() -> None:
    store = Store(None, now=BEGIN)
    store.put_group(Group("g", BEGIN, BEGIN))
    store.put_schedule(schedule("once", AT, group="g"))
    store.put_schedule(schedule("other", "at(2027-01-15T10:00:00)", group="g"))
    [execution] = store.begin(BEGIN + 3600)
    store.again(execution, BEGIN + 3700)
    store.delete_group("g")
    assert store.next_due() == float("inf")
    assert list(store.schedules()) == []


def test_a_changed_schedule_is_due_at_its_new_time_only() -> None:
    store = Store(None, now=BEGIN)
    store.put_schedule(schedule("once", AT))
    store.put_schedule(schedule("once", "at(2027-01-15T12:00:00)"))
    assert store.begin(BEGIN + 3600) == []
    assert store.next_due() == BEGIN + 4 * 3600


def test_a_snapshot_brings_everything_back() -> None:
    store = Store(None, now=BEGIN)
    store.put_schedule(schedule("once", AT))
    snapshot = store.snapshot()
    store.delete_schedule("default", "once")
    store.put_schedule(schedule("new", "rate(1 day)"))
    for _ in range(2):
        store.restore(snapshot)
        assert [found.name for found in store.schedules()] == ["once"]
        assert store.next_due() == BEGIN + 3600


def test_pages_go_on_where_the_last_one_ended() -> None:
    store = Store(None, now=BEGIN)
    for group, name in (("a", "x"), ("a", "y"), ("b", "x"), ("b", "x%")):
        store.put_schedule(schedule(name, AT, group=group))
    assert [(each.group, each.name) for each in store.schedules(after=("a", "x"), limit=2)] == [("a", "y"), ("b", "x")]
    assert [each.name for each in store.schedules(group="b", prefix="x%")] == ["x%"]


def test_a_file_that_is_no_database_is_said(tmp_path) -> None:
    path = tmp_path / "schedules.sqlite"
    path.write_text("no database at all, but long enough to be looked at")
    with pytest.raises(CumuloError, match="the schedules cannot be opened"):
        Store(path, now=BEGIN)
