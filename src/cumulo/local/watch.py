"""Which saved files change what is running."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import watchfiles

IGNORED_FOLDERS = (".cumulo", ".venv", "venv", "node_modules", "__pycache__", ".git", ".mypy_cache", ".ruff_cache")
# Long enough to take an editor's burst of writes as one change, short enough not to be noticed.
DEBOUNCE_MS = 30
STEP_MS = 10


async def changes(project: Path) -> AsyncIterator[set[Path]]:
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
