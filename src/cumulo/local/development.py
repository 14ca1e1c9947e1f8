"""A development session: a stage that runs here, follows what is saved and answers other commands."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from cumulo.assembly import Assembly
from cumulo.errors import CumuloError
from cumulo.local import cloud as local_cloud
from cumulo.local import watch
from cumulo.local.cloud import Cloud
from cumulo.local.control import Control
from cumulo.local.entries import MEASURED
from cumulo.local.place import Place
from cumulo.local.services import Services

DOINGS = ("request", "invocation", "log", *MEASURED)
"""Kinds of journal entries that are not told of when the clock has been moved: they would be thousands."""

MOST_TOLD = 500
"""Of what happened while the clock was moved."""


class Development:
    """A running stage that follows what is saved; made by :func:`develop`.

    Attributes
    ----------
    cloud
        What runs.
    """

    def __init__(
        self,
        cloud: Cloud,
        changes: watch.Changes,
        synthesize: Callable[[], Assembly],
        report: Callable[[str], None],
    ) -> None:
        self.cloud = cloud
        self._changes = changes
        self._project = cloud.place.project
        self._synthesize = synthesize
        self._report = report
        self._control: Control | None = None
        self._broken = False

    async def run(self, stopped: asyncio.Event) -> None:
        """Follow changes and answer other commands until the event is set; then stop everything.

        Raises
        ------
        CumuloError
            When the data services ended unexpectedly, or could not save their state at the end.
        """
        state = self.cloud.place.state
        stopping = asyncio.create_task(stopped.wait())
        ended = asyncio.create_task(self.cloud.emulator.ended())
        following = asyncio.create_task(self._follow())
        tasks = (stopping, ended, following)
        try:
            if state is not None:
                self._control = Control(state, self._answer, self._about())
                await self._control.start()
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
            if not stopped.is_set():
                raise self._services_ended()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if self._control is not None:
                await self._control.stop()
            await asyncio.gather(self._changes.stop(), self.cloud.stop())

    def _services_ended(self) -> CumuloError:
        saved = self.cloud.emulator.saved
        since = f"it goes on with the data saved at {saved}" if saved else "nothing was saved"
        return CumuloError(
            "the data services ended unexpectedly",
            where=f"stage {self.cloud.assembly.stage!r}",
            hint=f"start `cumulo dev` again: {since}",
        )

    async def _follow(self) -> None:
        while True:
            changed = await self._changes.next()
            await self.cloud.reload(changed)
            if any(watch.declares(path, self._project) for path in changed):
                await self._declare_again()

    async def _declare_again(self) -> None:
        """Deploy what is declared differently now; a mistake is said, and what ran goes on running."""
        try:
            assembly = await asyncio.to_thread(self._synthesize)
            if assembly != self.cloud.assembly:
                differing = _differing(self.cloud.assembly, assembly)
                await self.cloud.update(assembly)
                self._report(f"running as declared now; changed: {', '.join(differing) or 'no stack'}")
                if self._control is not None:
                    self._control.tell(self._about())
            elif self._broken:
                self._report("the declaration is right again, and what runs already")
            self._broken = False
        except (CumuloError, OSError) as error:
            self._broken = True
            self._report(f"error: {error}")
            self._report("what ran before goes on running")

    def _about(self) -> Mapping[str, Any]:
        return {
            "app": self.cloud.assembly.app,
            "stage": self.cloud.assembly.stage,
            "urls": self.cloud.urls,
            "services": self.cloud.emulator.endpoint,
            "environment": self.cloud.aws_environment,
            "outputs": self.cloud.outputs,
        }

    async def _answer(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        match request:
            case {"verb": "invoke", "function": str(function), "payload": str(payload)}:
                result = await self.cloud.invoke(function, base64.b64decode(payload))
            case {"verb": "alarms"}:
                return {"alarms": {name: asdict(state) for name, state in self.cloud.alarms.items()}}
            case {"verb": "mail"}:
                return {"mail": [asdict(mail) for mail in await self.cloud.mail()]}
            case {"verb": "clock"}:
                return {"now": self.cloud.clock.now(), "offset": self.cloud.clock.offset}
            case {"verb": "advance", "seconds": int(seconds) | float(seconds)}:
                return await self._advance(seconds)
            case {"verb": "advance", "to": int(to) | float(to)}:
                return await self._advance(to - self.cloud.clock.now())
            case {"verb": "save"}:
                await self.cloud.emulator.save()
                return {}
            case _:
                raise CumuloError(
                    "the running stage does not understand the request", hint="run the same Cumulo in both"
                )
        return {
            "payload": base64.b64encode(result.payload).decode(),
            "functionError": result.error,
            "requestId": result.request_id,
            "durationMs": result.duration_ms,
        }

    async def _advance(self, seconds: float) -> Mapping[str, Any]:
        """Move the clock; the answer tells what happened on the way besides the functions' own doings."""
        journal = self.cloud.journal
        before = await asyncio.to_thread(journal.last_id)
        await self.cloud.advance(seconds)
        found = await asyncio.to_thread(journal.entries, after_id=before)
        told = [entry for entry in found if entry.kind not in DOINGS]
        return {
            "now": self.cloud.clock.now(),
            "offset": self.cloud.clock.offset,
            "happened": [[entry.time, entry.kind, entry.subject, entry.text] for entry in told[:MOST_TOLD]],
            "more": max(0, len(told) - MOST_TOLD),
        }


def _differing(before: Assembly, after: Assembly) -> list[str]:
    """Return the ids of the stacks that differ, those that were added or are gone included."""
    old, new = before.stacks_by_id, after.stacks_by_id
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


async def develop(
    synthesize: Callable[[], Assembly], place: Place, report: Callable[[str], None], services: Services
) -> Development:
    """Start a development session; returns when the system answers.

    Parameters
    ----------
    synthesize
        Makes the assembly, each time that something is saved which may change it.
    place
        Where its state lies and what it listens on; its project is watched.
    report
        Told what takes time and what goes wrong.
    services
        The data services, which may still be starting.

    Raises
    ------
    CumuloError
        When the system can't be declared or started.
    """
    # What is saved while the system starts may have been read before: it counts as a change.
    changes = watch.Changes(place.project)
    try:
        cloud = await local_cloud.start(synthesize, place, report, services)
    except BaseException:
        await changes.stop()
        raise
    return Development(cloud, changes, synthesize, report)
