"""The emulator's state on disk.

The emulator saves only on a clean stop, swallows what goes wrong and overwrites what it could not read. Here it is
saved a moment after each change, by a forked child: the child holds the state of one instant and takes its time,
while the parent goes on serving (Redis saves the same way).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ministack.app as ministack

from . import files, records
from .engine import SERVICE as STACKS
from .engine import Engine

_CHILD_SECONDS = 120


@dataclass
class Persistence:
    """Loads and saves the state of all services.

    Parameters
    ----------
    folder
        Where the state files lie.
    endpoint
        Where the emulator listens.
    interval
        Seconds between a change and its saving.
    engine
        The stacks; set by :meth:`load`.
    saved
        When all was on disk last, in seconds since the epoch; ``None`` when nothing is.
    """

    folder: Path
    endpoint: str
    interval: float = 2.0
    engine: Engine | None = None
    saved: float | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _saving: asyncio.Lock = field(default_factory=asyncio.Lock)
    _digests: dict[str, str] = field(default_factory=dict)
    _said: str = ""

    def changed(self) -> None:
        """Note that there may be something to save."""
        self._changed.set()

    def load(self, *, runs_functions: bool) -> Engine:
        """Load what is on disk and return the stacks.

        A file that cannot be read is kept aside under another name and never overwritten. What its service held is
        taken out of the stacks, so that the next deployment makes it again.

        Parameters
        ----------
        runs_functions
            Whether the emulator runs functions itself.
        """
        self.saved = self._written()
        lost = {
            path.stem
            for path in sorted(self.folder.glob("*.json"))
            if path.stem in ministack._state_map and path.stem != STACKS and not self._load_service(path)
        }
        stacks = self._read(self.folder / f"{STACKS}.json") or {}
        if stacks:
            records.forget(stacks["stacks"].to_dict(), lost)
        self.engine = Engine(stacks, runs_functions)
        return self.engine

    def _load_service(self, path: Path) -> bool:
        state = self._read(path)
        if state is None:
            return False
        # A deployment loads every service there is; those that held nothing then need not be loaded again.
        if not _is_empty(state):
            ministack._get_module(ministack._state_map[path.stem]).load_persisted_state(state)
        return True

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            state, self._digests[path.stem] = files.read(path, self.endpoint)
            return state
        except FileNotFoundError:
            return {}
        except (OSError, files.CorruptError) as error:
            aside = files.set_aside(path)
            say(
                f"the saved state of {path.stem} cannot be read ({error}): it starts empty, the file is kept as {aside}"
            )
            return None

    async def run(self) -> None:
        """Save a moment after each change, until cancelled."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(self.interval)
            with contextlib.suppress(SaveError):
                # A save that has begun is finished even when this task is cancelled.
                await asyncio.shield(asyncio.ensure_future(self.save()))

    @contextlib.asynccontextmanager
    async def held(self) -> Any:
        """Save nothing meanwhile: a stack must not be saved half deployed."""
        async with self._saving:
            yield

    async def save(self) -> None:
        """Save what changed; returns when it is on disk.

        Raises
        ------
        SaveError
            When it could not be written: the old state is still there, the next save tries again.
        """
        async with self._saving:
            self._changed.clear()
            result = await _in_child(self._write)
            self._digests.update(result["written"])
            if result["error"]:
                self._changed.set()
                self._say_once(f"the state could not be saved, the last saved one stays: {result['error']}")
                raise SaveError(result["error"])
            self._said = ""
            self.saved = self._written()

    def _written(self) -> float | None:
        """Return when files were written last, in real time, as the clock may be moved."""
        return max((path.stat().st_mtime for path in self.folder.glob("*.json")), default=None)

    def _write(self) -> dict[str, Any]:
        """Write the changed services' files: the stacks last, so that they never name what is not saved."""
        written: dict[str, str] = {}
        errors: list[str] = []
        states: Mapping[str, Callable[[], Any]] = ministack._build_persistence_save_dict()
        for name in sorted(states, key=lambda name: (name == STACKS, name)):
            # Stacks that were not loaded are on disk, unchanged.
            if name == STACKS and (errors or not (self.engine and self.engine.loaded)):
                break
            try:
                self._write_one(name, states[name](), written)
            except Exception as error:
                errors.append(f"{name}: {error}")
        return {"written": written, "error": "; ".join(errors)}

    def _write_one(self, name: str, state: dict[str, Any] | None, written: dict[str, str]) -> None:
        if state is None:
            return
        body = files.encode(state)
        digest = files.digest_of(body)
        if digest == self._digests.get(name):
            return
        files.write(self.folder / f"{name}.json", body, digest, self.endpoint)
        sync_folder(self.folder)
        written[name] = digest

    def _say_once(self, text: str) -> None:
        if text != self._said:
            say(text)
        self._said = text


def _is_empty(state: Mapping[str, Any]) -> bool:
    """Tell whether a service's state holds nothing, in any account: its own mappings show those of one account only."""
    return not any(getattr(value, "_data", value) for value in state.values())


class SaveError(Exception):
    """The state could not be written."""


def say(text: str) -> None:
    """Say something on stderr, which the parent process shows."""
    print(f"emulator: {text}", file=sys.stderr, flush=True)  # noqa: T201


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _in_child(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run something in a forked copy of this process and return its result."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Other threads exist; the child only encodes and writes, and takes no lock of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _finish(writing, work)
    os.close(writing)
    try:
        output = await asyncio.wait_for(asyncio.to_thread(_read_all, reading), _CHILD_SECONDS)
    except TimeoutError:
        os.kill(child, 9)
        output = b""
    finally:
        await asyncio.to_thread(os.waitpid, child, 0)
    return json.loads(output) if output else {"written": {}, "error": "the saving process was killed"}


def _finish(writing: int, work: Callable[[], dict[str, Any]]) -> None:
    code = 1
    try:
        _write_all(writing, (json.dumps(work()).encode(),))
        code = 0
    finally:
        os._exit(code)


def _write_all(descriptor: int, chunks: Iterable[bytes]) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(chunks)


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
