"""The clock: what is due runs once, in order, each at its own time, whatever else happens."""

from __future__ import annotations

import asyncio
import bisect
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.local import clock_file
from cumulo.local.clock import Clock

DAY = 86_400.0
Story = list[tuple[float, str]]


class Works:
    """Work at given times, seconds after the clock's start; tells a common story of what it did when."""

    def __init__(
        self,
        clock: Clock,
        story: Story,
        name: str,
        *times: float,
        then: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self.clock, self.story, self.name, self.then = clock, story, name, then
        self.start = clock.now()
        self.times = sorted(times)
        clock.add(self)

    def next_due(self) -> float:
        return self.start + self.times[0] if self.times else math.inf

    async def run_due(self, now: float) -> None:
        while self.times and self.start + self.times[0] <= now:
            at = self.times.pop(0)
            self.story.append((at, self.name))
            assert abs(self.clock.now() - (self.start + at)) < 1.0
            if self.then:
                await self.then(at)

    def put(self, at: float) -> None:
        bisect.insort(self.times, at)
        self.clock.changed()


async def test_what_is_due_on_the_way_runs_in_order_each_at_its_own_time() -> None:
    clock, story = Clock(), []
    Works(clock, story, "a", 10 * DAY, 1 * DAY, 40 * DAY)
    Works(clock, story, "b", 5 * DAY, 20 * DAY)
    before = clock.now()
    await clock.advance(30 * DAY)
    assert story == [(1 * DAY, "a"), (5 * DAY, "b"), (10 * DAY, "a"), (20 * DAY, "b")]
    assert clock.now() - before == pytest.approx(30 * DAY, abs=1)


async def test_of_several_that_are_due_at_one_time_the_first_added_comes_first() -> None:
    clock, story = Clock(), []
    for name in "cab":
        Works(clock, story, name, 60.0).start = 1_000_000.0 + clock.now() // 1
    await clock.advance(2_000_000)
    assert [name for _, name in story] == ["c", "a", "b"]


async def test_work_that_makes_new_work_on_the_way_has_it_done_on_the_way() -> None:
    clock, story = Clock(), []
    other = Works(clock, story, "other", 4 * DAY)

    async def more(at: float) -> None:
        if at < 5 * DAY:
            chain.put(at + DAY)
            other.put(at + DAY / 2)

    chain = Works(clock, story, "chain", DAY, then=more)
    await clock.advance(6 * DAY)
    assert [at for at, _ in story] == sorted(at for at, _ in story)
    assert [at / DAY for at, name in story if name == "chain"] == [1, 2, 3, 4, 5]
    assert [at / DAY for at, name in story if name == "other"] == [1.5, 2.5, 3.5, 4, 4.5]


async def test_work_that_takes_long_does_not_let_later_work_of_one_overtake_earlier_work_of_another() -> None:
    clock, story = Clock(), []

    async def slow(_: float) -> None:
        await asyncio.sleep(0.3)

    Works(clock, story, "a", 10.0, 10.2, then=slow)
    Works(clock, story, "b", 10.1)
    await clock.advance(20)
    assert story == [(10.0, "a"), (10.1, "b"), (10.2, "a")]


async def test_an_agenda_that_fails_stops_neither_the_clock_nor_the_others_and_its_work_is_done_later() -> None:
    said: list[str] = []
    clock, story = Clock(report=said.append), []
    refusals = iter((True, True))
    works = Works(clock, [], "failing", 100.0)
    done: list[float] = []

    async def run_due(now: float) -> None:
        if next(refusals, False):
            raise RuntimeError("no room")
        done.append(now - works.start)
        works.times.clear()

    works.run_due = run_due  # type: ignore[method-assign]
    Works(clock, story, "other", 50.0, 100.0, 150.0)
    await clock.advance(200)
    assert [at for at, _ in story] == [50.0, 100.0, 150.0]
    assert done == [pytest.approx(103.0, abs=0.5)]  # after a second, then after two more
    assert said == [
        "Works failed (RuntimeError: no room); again in 1 s",
        "Works failed (RuntimeError: no room); again in 2 s",
    ]


async def test_an_agenda_that_can_not_say_when_it_is_due_stops_neither_the_clock_nor_the_others() -> None:
    said: list[str] = []
    clock, story = Clock(report=said.append), []
    broken = Works(clock, [], "broken")

    def next_due() -> float:
        raise OSError("gone")

    broken.next_due = next_due  # type: ignore[method-assign]
    Works(clock, story, "other", 50.0, 100.0)
    await clock.advance(200)
    assert [at for at, _ in story] == [50.0, 100.0]
    assert "OSError: gone" in said[0]


async def test_advances_at_the_same_time_add_up_and_run_everything_once() -> None:
    clock, story = Clock(), []

    async def yield_(_: float) -> None:
        await asyncio.sleep(0.001)

    Works(clock, story, "a", *(hour * 3600.0 for hour in range(1, 48)), then=yield_)
    before = clock.now()
    await asyncio.gather(*(clock.advance(DAY / 2) for _ in range(4)))
    assert [at / 3600 for at, _ in story] == list(range(1, 48))
    assert clock.now() - before == pytest.approx(2 * DAY, abs=1)


async def test_a_stopped_clock_ends_an_advance_where_it_has_got_to() -> None:
    clock, story = Clock(), []
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: float) -> None:
        reached.set()
        await go_on.wait()

    works = Works(clock, story, "a", DAY, 2 * DAY, then=wait)
    clock.start()
    before = clock.now()
    advance = asyncio.create_task(clock.advance(10 * DAY))
    await reached.wait()
    await clock.stop()
    go_on.set()
    await advance
    assert story == [(DAY, "a")]
    assert works.times == [2 * DAY]  # not lost: it waits for the next start, so the clock has not passed it
    assert clock.now() - before == pytest.approx(DAY, abs=5)


async def test_stopping_waits_for_what_is_under_way_but_not_for_ever() -> None:
    clock = Clock()
    reached = asyncio.Event()
    ended: list[str] = []

    async def hang(_: float) -> None:
        reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    Works(clock, [], "a", 0.0, then=hang)
    clock.start()
    await reached.wait()
    await clock.stop()
    assert ended == ["cancelled"]


async def test_without_moving_it_what_is_due_runs_within_a_second() -> None:
    clock, story = Clock(), []
    done = asyncio.Event()

    async def end(_: float) -> None:
        done.set()

    clock.start()
    try:
        works = Works(clock, story, "a", then=end)
        works.put(time.time() + 0.3 - works.start)
        begun = time.monotonic()
        await asyncio.wait_for(done.wait(), 5)
        assert 0.25 <= time.monotonic() - begun <= 1.3
    finally:
        await clock.stop()


async def test_work_that_becomes_due_sooner_than_what_is_waited_for_runs_when_it_is_due() -> None:
    clock, story = Clock(), []
    done = asyncio.Event()

    async def end(_: float) -> None:
        done.set()

    works = Works(clock, story, "a", 3600.0, then=end)
    clock.start()
    try:
        await asyncio.sleep(0.01)
        works.put(0.05)
        await asyncio.wait_for(done.wait(), 2)
    finally:
        await clock.stop()


async def test_work_that_was_due_before_the_start_runs_at_the_start_and_not_in_the_past() -> None:
    clock = Clock()
    times: list[float] = []

    class Overdue:
        def next_due(self) -> float:
            return math.inf if times else 0.0

        async def run_due(self, now: float) -> None:
            times.append(now)

    clock.add(Overdue())
    await clock.advance(0)
    assert times == [pytest.approx(clock.now(), abs=1)]


async def test_a_removed_agenda_runs_no_more() -> None:
    clock, story = Clock(), []
    works = Works(clock, story, "a", 10.0)
    clock.remove(works)
    await clock.advance(20)
    assert story == []


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf, 1e12])
async def test_nonsense_is_refused(seconds: float) -> None:
    clock = Clock()
    with pytest.raises(CumuloError, match="can't be moved"):
        await clock.advance(seconds)
    assert clock.offset == 0


async def test_those_who_listen_hear_of_a_move_before_anything_runs_at_the_new_time() -> None:
    clock = Clock()
    heard: list[float] = []
    clock.on_moved(heard.append)
    at_work: list[float] = []

    async def look(_: float) -> None:
        at_work.append(heard[-1])

    Works(clock, [], "a", DAY, then=look)
    await clock.advance(3 * DAY)
    assert at_work == [pytest.approx(DAY, abs=1)]
    assert heard[-1] == clock.offset == pytest.approx(3 * DAY, abs=1)


async def test_reset_goes_back_to_real_time_and_says_so() -> None:
    clock = Clock()
    heard: list[float] = []
    clock.on_moved(heard.append)
    await clock.advance(DAY)
    await clock.reset()
    assert clock.offset == heard[-1] == 0
    story: Story = []
    Works(clock, story, "a", 60.0)
    await clock.advance(120)
    assert story == [(60.0, "a")]


@given(
    agendas=st.lists(st.lists(st.integers(0, 400), max_size=8), min_size=1, max_size=4),
    steps=st.lists(st.integers(0, 150), min_size=1, max_size=6),
    born=st.dictionaries(st.integers(0, 400), st.integers(0, 200), max_size=5),
)
def test_law_all_due_times_run_once_in_order_each_at_its_own_time(
    agendas: list[list[int]], steps: list[int], born: dict[int, int]
) -> None:
    async def run() -> None:
        clock, story = Clock(), []
        waiting = dict(born)

        async def give_birth(at: float) -> None:
            if (delay := waiting.pop(int(at), None)) is not None:
                works[0].put(at + delay)
                expected.append(at + delay)

        expected = [float(at) for times in agendas for at in times]
        works = [
            Works(clock, story, str(number), *map(float, times), then=give_birth)
            for number, times in enumerate(agendas)
        ]
        start = min(work.start for work in works)
        for work in works:
            work.start = start
        for step in steps:
            await clock.advance(step)
            reached = clock.now() - start
            assert [at for at, _ in story] == sorted(at for at, _ in story)
            assert sorted(at for at, _ in story) == sorted(at for at in expected if at <= reached)

    asyncio.run(run())


def test_a_stage_goes_on_in_its_moved_time(tmp_path: Path) -> None:
    assert clock_file.read(tmp_path) == 0
    for _ in range(2):
        write, close = clock_file.writer(tmp_path)
        for offset in (1.0, 2_592_000.123456789, 0.0, 3_153_600_000.000001, 2_592_000.25):
            write(offset)
            assert clock_file.read(tmp_path) == offset
        close()
    assert clock_file.read(tmp_path) == 2_592_000.25


@pytest.mark.parametrize("text", ["", "{", "[]", '{"offset": "x"}', '{"offset": null}', '{"offset": NaN}', "7"])
def test_a_clock_file_that_says_nothing_means_real_time(tmp_path: Path, text: str) -> None:
    (tmp_path / clock_file.NAME).write_text(text)
    assert clock_file.read(tmp_path) == 0
