"""The alarms of a world on the one clock: evaluated when their outcome can change, and only then.

Without anything measured an alarm's outcome stays as it is, however far the clock moves. So an alarm is evaluated at
the end of each minute (of each ten seconds when its period is shorter) only while something that was measured lies
within its evaluation range, and once after that.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cumulo.errors import CumuloError
from cumulo.local import journal_file
from cumulo.local.alarms import composite, definition
from cumulo.local.alarms.actions import Publisher
from cumulo.local.alarms.composite import Composite
from cumulo.local.alarms.consequences import NOT_EVALUATED, Alarm, States
from cumulo.local.alarms.definition import Definition
from cumulo.local.alarms.evaluation import Outcome, evaluate
from cumulo.local.alarms.readings import Readings
from cumulo.local.alarms.states import AlarmState
from cumulo.local.clock import Clock
from cumulo.local.entries import Entry, Kind, Selection
from cumulo.local.invoking import Invoker
from cumulo.local.journal import Journal
from cumulo.local.metrics import CONCURRENCY, KINDS, LONGEST_INVOCATION, detailed_stages, entry_samples, lambda_samples
from cumulo.local.world import Resource, World

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
_LONGEST_STEP = 3600
_NAMESPACES = {"invocation": "AWS/Lambda", "request": "AWS/ApiGateway"}


@dataclass
class _Watched:
    """One alarm, the end of the periods that were evaluated last, and when it is evaluated next."""

    definition: Definition
    evaluated: int
    due: float


def _begun(alarm: Definition, now: float) -> _Watched:
    """Return an alarm that is evaluated at the next end of a period."""
    return _Watched(alarm, _end(now, alarm.step), _end(now, alarm.step) + alarm.step)


class Alarms:
    """Evaluates the alarms of a world; an agenda of the clock.

    Parameters
    ----------
    world
        Where they are declared.
    journal
        Where what is measured is read from, and where changes of state go.
    clock
        The time.
    publisher, invoker
        Tell topics and functions.
    folder
        Keeps the states over a restart; ``None`` forgets them.

    Examples
    --------
    >>> alarms = Alarms(world, journal=journal, clock=clock, publisher=topics, invoker=host)  # doctest: +SKIP
    >>> clock.add(alarms)  # doctest: +SKIP
    >>> alarms.states["items-prod-api-errors"].state  # doctest: +SKIP
    'OK'
    """

    def __init__(
        self,
        world: World,
        *,
        journal: Journal,
        clock: Clock,
        publisher: Publisher,
        invoker: Invoker,
        folder: Path | None = None,
    ) -> None:
        self._journal, self._clock = journal, clock
        self._publisher = publisher
        self._states = States(journal, publisher, invoker, folder)
        self._since = -math.inf
        self._woken = False
        self._unsubscribe: Callable[[], None] | None = None
        self.update(world)

    @property
    def states(self) -> dict[str, AlarmState]:
        """The states, by the alarms' names."""
        return self._states.all()

    def update(self, world: World) -> None:
        """Follow a changed world: alarms that stay keep their states."""
        self._world = world
        now = self._clock.now()
        resources = [*world.of_type(ALARM), *world.of_type(COMPOSITE)]
        found, refused = _read(resources, world)
        composites = [alarm for alarm in found if isinstance(alarm, Composite)]
        names = [resource.physical_id for resource in resources]
        self._states.declare(names, composites, account=world.account, region=world.region, now=now)
        for name, why in refused.items():
            self._states.refuse(name, why, now)
        self._watched = [_begun(alarm, now) for alarm in found if isinstance(alarm, Definition)]
        self._begin(now)
        if self._watched and self._unsubscribe is None:
            loop = asyncio.get_running_loop()
            self._unsubscribe = self._journal.subscribe(lambda _: self._heard(loop))
        self._clock.changed()

    async def reset(self) -> None:
        """Begin anew: no alarm has been evaluated, nothing has been measured."""
        if not self._watched:
            return
        last = await asyncio.to_thread(self._journal.last_id)
        now = self._since = self._clock.now()
        self._states.reset(now)
        self._watched = [_begun(one.definition, now) for one in self._watched]
        self._begin(now)
        self._last = last
        self._seen = self._journal.appended

    async def stop(self) -> None:
        """Hear of nothing and tell nobody any more."""
        self._publisher.close()
        if self._unsubscribe is not None:
            await asyncio.to_thread(self._unsubscribe)

    def next_due(self) -> float:
        """Return when an outcome can change next: infinity when nothing that was measured matters any more."""
        if not self._watched:
            return math.inf
        due = min(one.due for one in self._watched)
        return min(due, self._next_look) if self._journal.appended != self._seen else due

    async def run_due(self, now: float) -> None:
        """Evaluate the alarms that are due."""
        self._woken = False
        if self._journal.appended != self._seen:
            await self._look(now)
        for one in self._watched:
            if one.due <= now:
                one.evaluated = _end(now, one.definition.step)
                await self._evaluate(one.definition, one.evaluated, now)
                one.due = self._due(one)
        await self._states.compose_new(now)

    def _begin(self, now: float) -> None:
        """Forget what was measured; the journal is read again from where evaluation ranges begin."""
        needed = {series for one in self._watched for series in one.definition.series}
        namespaces = {series.namespace for series in needed}
        self._kinds: tuple[Kind, ...] = tuple(
            kind for kind in KINDS if kind == "metric" or _NAMESPACES[kind] in namespaces
        )
        self._readings = Readings(needed)
        self._counts_concurrency = any(series.name == CONCURRENCY for series in needed)
        self._invocations: tuple[Entry, ...] = ()
        self._longest = max((one.definition.evaluation_seconds for one in self._watched), default=0)
        self._detailed = detailed_stages(self._world)
        self._from = max(self._since, now - self._longest - _LONGEST_STEP)
        self._last = 0
        self._seen = -1
        self._next_look = now

    def _heard(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the clock look at :meth:`next_due` again; called on the journal's thread, for each batch of entries."""
        if not self._woken:
            self._woken = True
            loop.call_soon_threadsafe(self._clock.changed)

    async def _look(self, now: float) -> None:
        """Take what the journal has got since the last time."""
        entries = await asyncio.to_thread(self._new_entries)
        self._readings.take(entry_samples(entries, self._detailed), self._from)
        if self._counts_concurrency:
            self._count_again(entries, now)
        self._readings.forget(now - self._longest - _LONGEST_STEP)
        step = min(one.definition.step for one in self._watched)
        self._next_look = _end(now, step) + step
        for one in self._watched:
            one.due = min(one.due, self._due(one))

    def _count_again(self, entries: Sequence[Entry], now: float) -> None:
        """Count concurrent executions again: how many there were is known only when the last of them has ended."""
        since = now - self._longest - LONGEST_INVOCATION
        invocations = (one for one in (*self._invocations, *entries) if one.kind == "invocation" and one.time >= since)
        self._invocations = tuple(invocations)
        self._readings.take_again(CONCURRENCY, lambda_samples(self._invocations, CONCURRENCY), self._from)

    def _new_entries(self) -> list[Entry]:
        self._journal.flush()
        self._seen = self._journal.appended
        selection = Selection(kinds=self._kinds, since=None if self._last else self._from, after_id=self._last)
        found = journal_file.select(self._journal.path, selection)
        if found:
            self._last = found[-1][0]
        return [entry for _, entry in found]

    def _due(self, one: _Watched) -> float:
        """Return when an alarm is evaluated next: at no time when neither the last nor the next one has datapoints."""
        newest = max((self._readings.newest(series) for series in one.definition.series), default=-math.inf)
        within = newest >= one.evaluated - one.definition.evaluation_seconds
        return one.evaluated + one.definition.step if within else math.inf

    async def _evaluate(self, alarm: Definition, end: int, now: float) -> None:
        outcome = self._outcome(alarm, end)
        if outcome.state is not None:
            await self._states.enter(alarm, AlarmState(outcome.state, outcome.reason, now))

    def _outcome(self, alarm: Definition, end: int) -> Outcome:
        try:
            if self._readings.too_few(alarm, end):
                return Outcome(None)
            return evaluate(alarm, self._readings.datapoints(alarm, end))
        except CumuloError as error:
            return Outcome("INSUFFICIENT_DATA", f"{NOT_EVALUATED}: {error.what}")


def _read(resources: Iterable[Resource], world: World) -> tuple[list[Alarm], dict[str, str]]:
    """Return what alarms watch, and of those that cannot be evaluated here why."""
    found: list[Alarm] = []
    refused: dict[str, str] = {}
    for resource in resources:
        arn = f"arn:aws:cloudwatch:{world.region}:{world.account}:alarm:{resource.physical_id}"
        try:
            found.append(definition.read(resource, arn) if resource.type == ALARM else composite.read(resource, arn))
        except CumuloError as error:
            refused[resource.physical_id] = error.what
    return found, refused


def _end(now: float, step: int) -> int:
    """Return the end of the last periods that are over."""
    return int(now // step) * step
