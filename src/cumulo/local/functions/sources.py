"""The project's files that workers have imported, and whether they have changed since."""

from __future__ import annotations

import os
import time

Version = list[int]
"""What tells two versions of a file apart: times of its last changes in nanoseconds, size and inode."""

_CHECK_SECONDS = 0.005


def version(path: str) -> Version:
    """Return the version of a file; an empty one when there is no such file."""
    try:
        status = os.stat(path)  # noqa: PTH116 - often, and a Path costs more than the look
    except OSError:
        return []
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino]


class Sources:
    """The files that the workers of all functions run, by path.

    Examples
    --------
    >>> sources = Sources()
    >>> sources.add("/nowhere/app.py", [1, 1, 1, 1])
    >>> sources.changed()
    True
    """

    def __init__(self) -> None:
        self._versions: dict[str, Version] = {}
        self._checked_at = 0.0

    def add(self, path: str, loaded: Version) -> None:
        """Note the version that a worker has read; the first of several stays, as it is the oldest."""
        self._versions.setdefault(path, loaded)

    def due(self) -> bool:
        """Whether it is time to look again: a look costs a microsecond or two a file, so 5 ms pass between two."""
        now = time.monotonic()
        if now - self._checked_at < _CHECK_SECONDS:
            return False
        self._checked_at = now
        return True

    def changed(self) -> bool:
        """Whether any file is not the one that a worker has read."""
        return any(version(path) != loaded for path, loaded in self._versions.items())

    def live(self, path: str) -> bool:
        """Whether workers have read a file, as it is now."""
        return path in self._versions and version(path) == self._versions[path]

    def clear(self) -> None:
        """Forget all files: the workers are replaced."""
        self._versions.clear()
