"""The time of a process that is moved: the emulator's, and each worker's."""

import datetime
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from email.utils import formatdate

import pytest

from cumulo.local.emulator.launcher.clock import MovedTime
from cumulo.local.emulator.launcher.shared import Shared, allocate
from cumulo.local.emulator.launcher.skew import widened

DAY = 86_400.0


@pytest.fixture
def moved():
    moved = MovedTime()
    yield moved
    moved.to(0.0)


def test_all_ways_to_ask_for_the_time_are_moved_and_monotonic_time_is_not(moved):
    real, monotonic = time.time(), time.monotonic()
    moved.to(30 * DAY)
    assert time.time() - real == pytest.approx(30 * DAY, abs=1)
    assert time.time_ns() / 1e9 - real == pytest.approx(30 * DAY, abs=1)
    assert datetime.datetime.now(datetime.UTC).timestamp() - real == pytest.approx(30 * DAY, abs=1)
    assert time.mktime(time.localtime()) - real == pytest.approx(30 * DAY, abs=2)
    assert formatdate(usegmt=True)[:16] == formatdate(real + 30 * DAY, usegmt=True)[:16]
    assert time.monotonic() - monotonic < 5


def test_it_ticks_and_follows_each_change_to_the_microsecond(moved):
    for offset in (DAY, 2 * DAY + 0.125, 1.5, 100 * DAY):
        moved.to(offset)
        assert time.time() - offset == pytest.approx(_real(), abs=0.01)
    time.sleep(0.05)
    assert time.time() - 100 * DAY == pytest.approx(_real(), abs=0.01)
    moved.to(0.0)
    assert time.time() == pytest.approx(_real(), abs=0.01)


def test_a_process_whose_time_is_not_moved_loads_nothing_for_it_and_a_moved_one_does_not_load_pytest():
    code = (
        "import sys; from cumulo.local.emulator.launcher.clock import MovedTime; moved = MovedTime(); moved.to(0.0);"
        "print('time_machine' in sys.modules, end=' '); moved.to(1.0);"
        "print('time_machine' in sys.modules, 'pytest' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]


def test_both_processes_see_at_once_what_the_other_says():
    descriptor = allocate()
    ours, theirs = Shared(descriptor), Shared(descriptor)
    os.close(descriptor)
    assert (theirs.offset, theirs.next_expiry, theirs.changes) == (0.0, 0.0, 0)
    for offset in (5.5, 3_153_600_000.000001, 0.0):
        ours.offset = offset
        assert theirs.offset == offset
    theirs.next_expiry = math.inf
    for _ in range(3):
        theirs.count_change()
    assert (ours.offset, ours.next_expiry, ours.changes) == (0.0, math.inf, 3)


@dataclass
class Signature:
    amz_date: str


def refuse(signature, *, now=None):
    """Judge as the emulator does: 5 minutes from now are too far."""
    signed = datetime.datetime.strptime(signature.amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    now = now or datetime.datetime.now(datetime.UTC)
    return ("RequestTimeTooSkewed", "") if abs((signed - now).total_seconds()) > 300 else None


@pytest.mark.parametrize(
    ("signed_after", "fine"),
    [
        (-400, False),
        (-200, True),
        (0, True),
        (10 * DAY, True),
        (30 * DAY, True),
        (30 * DAY + 200, True),
        (30 * DAY + 400, False),
    ],
)
def test_requests_may_be_signed_at_real_time_at_moved_time_and_between(moved, signed_after, fine):
    moved.to(30 * DAY)
    stamp = datetime.datetime.fromtimestamp(_real() + signed_after, datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    assert (widened(refuse, moved)(Signature(stamp)) is None) is fine


def test_at_real_time_requests_are_judged_as_ever(moved):
    judge = widened(refuse, moved)
    assert judge(Signature("20200101T000000Z")) is not None
    assert judge(Signature(time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))) is None


def _real() -> float:
    """Return real time, however this process's is moved."""
    return _STARTED + time.monotonic()


_STARTED = time.time() - time.monotonic()
