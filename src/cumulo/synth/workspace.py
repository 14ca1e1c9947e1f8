"""The folder ``.cumulo`` of a project: everything in it can be made again, or is local data."""

from __future__ import annotations

from pathlib import Path


def workspace(project: Path) -> Path:
    """Return the folder, made when it is missing: readable by its owner only, and ignored by git.

    Parameters
    ----------
    project
        The project's folder.
    """
    folder = project / ".cumulo"
    folder.mkdir(mode=0o700, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return folder
