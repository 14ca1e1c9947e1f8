"""The states that alarms are in, and what follows when one enters another: actions, and composite alarms."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from cumulo.local.alarms.actions import Publisher, perform
from cumulo.local.alarms.composite import Composite
from cumulo.local.alarms.definition import Definition, State
from cumulo.local.alarms.messages import Change, spoken
from cumulo.local.alarms.states import AlarmState, initial, load, save
from cumulo.local.entries import Entry, Recorder
from cumulo.local.invoking import Invoker

Alarm = Definition | Composite
NOT_EVALUATED = "Not evaluated here"


class States:
    """The states of the alarms of one place.

    Parameters
    ----------
    recorder
        Takes an entry of kind ``"alarm"`` for each change.
    publisher, invoker
        Tell topics and functions.
    folder
        Keeps the states over a restart; ``None`` forgets them.
    """

    def __init__(self, recorder: Recorder, publisher: Publisher, invoker: Invoker, folder: Path | None) -> None:
        self._recorder, self._publisher, self._invoker, self._folder = recorder, publisher, invoker, folder
        self._states = load(folder)
        self._composites: tuple[Composite, ...] = ()
        self._place = ("", "")

    def all(self) -> dict[str, AlarmState]:
        """Return the states, by the alarms' names."""
        return dict(self._states)

    def declare(
        self, names: Collection[str], composites: Collection[Composite], *, account: str, region: str, now: float
    ) -> None:
        """Have these alarms and no others; those that were there keep their states."""
        self._states = {name: self._states.get(name) or initial(now) for name in names}
        self._composites, self._place = tuple(composites), (account, region)

    def refuse(self, name: str, why: str, now: float) -> None:
        """Say why an alarm is not evaluated."""
        self._states[name] = AlarmState("INSUFFICIENT_DATA", f"{NOT_EVALUATED}: {why}", now)

    def reset(self, now: float) -> None:
        """Have all alarms begin anew."""
        self._states = {name: initial(now) for name in self._states}
        save(self._folder, self._states)

    async def enter(self, alarm: Alarm, new: AlarmState, path: tuple[Alarm, ...] = ()) -> None:
        """Have an alarm enter a state; nothing follows when it is in that state already.

        Parameters
        ----------
        alarm, new
            The alarm and the state.
        path
            The alarms that it follows from. As on CloudWatch, a composite alarm that would follow from itself is not
            evaluated: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html.
        """
        old = self._states.get(alarm.name)
        if old is None or old.state == new.state:
            return
        self._states[alarm.name] = new
        save(self._folder, self._states)
        self._record(alarm.name, old, new)
        children = {child.arn: self._states[child.name] for child in path[-1:]}
        change = Change(alarm, old, new, *self._place, children)
        for failed in await perform(change, publisher=self._publisher, invoker=self._invoker):
            self._recorder.append(Entry(new.changed, "alarm", alarm.name, failed, level="ERROR"))
        reason = f"{alarm.arn} transitioned to {new.state} at {spoken(new.changed)}"
        for parent in self._composites:
            if alarm.name in parent.children and parent not in (*path, alarm):
                await self._compose(parent, reason, new.changed, (*path, alarm))

    async def compose_new(self, now: float) -> None:
        """Evaluate the composite alarms that never were."""
        for alarm in self._composites:
            if self._states[alarm.name].state == "INSUFFICIENT_DATA":
                await self._compose(alarm, f"{alarm.arn} was created and its alarm rule was evaluated", now, ())

    async def _compose(self, alarm: Composite, reason: str, now: float, path: tuple[Alarm, ...]) -> None:
        holds = alarm.rule({name: state.state for name, state in self._states.items()})
        state: State = "ALARM" if holds else "OK"
        await self.enter(alarm, AlarmState(state, reason, now), path)

    def _record(self, name: str, old: AlarmState, new: AlarmState) -> None:
        data = {"old": old.state, "new": new.state, "reason": new.reason}
        level = "WARNING" if new.state == "ALARM" else "INFO"
        text = f"{old.state} -> {new.state}: {new.reason}"
        self._recorder.append(Entry(new.changed, "alarm", name, text, level=level, data=data))
