"""Which saved files change what is running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import watchfiles

IGNORED_FOLDERS = (".cumulo", ".venv", "venv", "node_modules", "__pycache__", ".git", ".mypy_cache", ".ruff_cache")
# Long enough to take an editor's burst of writes as one change, short enough not to be noticed.
DEBOUNCE_MS = 30
STEP_MS = 10


async def changes(project: Path) -> AsyncGenerator[set[Path], None]:
    """Yield the files of a project that were saved, removed or added, as they change.

    Parameters
    ----------
    project
        The project's folder.
    """
    watching = watchfiles.awatch(
        project,
        watch_filter=lambda _, path: _matters(Path(path), project),
        debounce=DEBOUNCE_MS,
        step=STEP_MS,
        rust_timeout=1000,
        yield_on_timeout=False,
    )
    async for batch in watching:
        yield {Path(path) for _, path in batch}


class Changes:
    """The changes of a project's files from now on; those that come while nobody waits are kept.

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
        self._stream = changes(project)
        self._next = asyncio.create_task(self._wait())

    async def next(self) -> set[Path]:
        """Wait for files to change, and return them."""
        changed = await self._next
        self._next = asyncio.create_task(self._wait())
        return changed

    async def stop(self) -> None:
        """Watch no longer."""
        self._next.cancel()
        await asyncio.wait((self._next,))
        await self._stream.aclose()

    async def _wait(self) -> set[Path]:
        return await anext(self._stream)


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
    temporary = path.name.endswith(("~", ".pyc", ".swp", ".tmp")) or path.name.isdigit()
    return not (hidden or temporary or any(part in IGNORED_FOLDERS for part in parts))
