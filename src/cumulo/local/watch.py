"""Which saved files change what is running."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from functools import partial
from pathlib import Path

import watchfiles

IGNORED_FOLDERS = (".cumulo", ".venv", "venv", "node_modules", "__pycache__", ".git", ".mypy_cache", ".ruff_cache")
# Long enough to take an editor's burst of writes as one change, short enough not to be noticed. At each step the
# waiting thread looks for signals, which takes the interpreter from whoever answers a request.
DEBOUNCE_MS = 30
STEP_MS = 30


class Changes:
    """The files of a project that are saved, removed or added from now on; those that come while nobody waits are kept.

    Only folders that matter are watched: in others the journal is written at every request.

    Parameters
    ----------
    project
        The project's folder.

    Examples
    --------
    >>> changes = Changes(Path("."))  # doctest: +SKIP
    >>> await changes.next()  # doctest: +SKIP
    {PosixPath('functions/items.py')}
    """

    def __init__(self, project: Path) -> None:
        self._project = project
        self._saved: asyncio.Queue[set[Path] | BaseException] = asyncio.Queue()
        self._watched: set[Path] = set()
        self._watching: set[asyncio.Task[None]] = set()
        self._watch_new_folders()

    async def next(self) -> set[Path]:
        """Wait for files to change, and return them."""
        saved = await self._saved.get()
        if isinstance(saved, BaseException):
            raise saved
        return saved

    async def stop(self) -> None:
        """Watch no longer."""
        for task in self._watching:
            task.cancel()
        if self._watching:
            await asyncio.wait(self._watching)

    def _watch_new_folders(self) -> set[Path]:
        """Watch the folders that are not watched yet, and return them."""
        present = _folders(self._project)
        new, self._watched = present - self._watched, present
        if new:
            task = asyncio.create_task(self._watch(new))
            self._watching.add(task)
            task.add_done_callback(partial(self._ended, new))
        return new

    async def _watch(self, folders: set[Path]) -> None:
        watching = watchfiles.awatch(
            *folders,
            watch_filter=lambda _, path: _matters(Path(path), self._project),
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            rust_timeout=1000,
            yield_on_timeout=False,
            recursive=False,
        )
        async for batch in watching:
            saved = {Path(path) for _, path in batch}
            while new := self._watch_new_folders():
                await asyncio.sleep(0)
                # Looked into only now that they are watched, so that nothing falls between.
                saved.update(*map(self._files, new))
            self._saved.put_nowait(saved)

    def _files(self, folder: Path) -> set[Path]:
        with suppress(OSError):  # gone again
            return {path for path in folder.iterdir() if path.is_file() and _matters(path, self._project)}
        return set()

    def _ended(self, folders: set[Path], task: asyncio.Task[None]) -> None:
        self._watching.discard(task)
        if task.cancelled():
            return
        problem = task.exception()
        if isinstance(problem, FileNotFoundError):  # a folder that was removed again at once
            self._watched -= folders
            self._watch_new_folders()
        elif problem is not None:
            self._saved.put_nowait(problem)


def _folders(project: Path) -> set[Path]:
    """Return the folders of a project whose files matter, those behind links included."""
    found: set[Path] = set()
    seen: set[Path] = set()
    for folder, names, _ in os.walk(project, followlinks=True):
        real = Path(folder).resolve()
        if real in seen:  # a link to a folder above
            names.clear()
            continue
        seen.add(real)
        found.add(Path(folder))
        names[:] = [name for name in names if _matters(Path(folder, name), project)]
    return found


def declares(path: Path, project: Path) -> bool:
    """Tell whether a file may change the templates: any Python file, the settings."""
    return (
        path.suffix == ".py"
        or path.name == "pyproject.toml"
        or (path.parent == project and path.name.startswith(".env."))
    )


def _matters(path: Path, project: Path) -> bool:
    parts = path.relative_to(project).parts if path.is_relative_to(project) else path.parts
    hidden = path.name.startswith(".") and not path.name.startswith(".env")
    temporary = path.name.endswith(("~", ".log", ".pyc", ".swp", ".tmp")) or path.name.isdigit()
    return not (hidden or temporary or any(part in IGNORED_FOLDERS for part in parts))
