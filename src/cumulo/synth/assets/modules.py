"""Where a module of a project lies, and whether it can be read at all."""

from __future__ import annotations

import errno
import stat
from collections.abc import Sequence
from pathlib import Path


def module_file(root: Path, parts: Sequence[str]) -> Path | None:
    """Return a module's file, a package's before a module's of the same name, as Python chooses.

    Parameters
    ----------
    root
        Where imports start.
    parts
        The parts of its dotted name.

    Returns
    -------
    Path or None
        Whatever lies there, which may be no regular file; ``None`` when nothing does.

    Raises
    ------
    OSError
        When nobody can tell, with the file or folder that is to blame: a loop of symbolic links, a folder that may
        not be entered.

    Examples
    --------
    >>> module_file(Path("/nowhere"), ["functions", "items"]) is None
    True

    See https://docs.python.org/3/reference/import.html#regular-packages
    """
    base = root.joinpath(*parts)
    for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
        try:
            if not stat.S_ISDIR(path.stat().st_mode):
                return path
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(_culprit(root, path))) from None
    return None


def _culprit(root: Path, path: Path) -> Path:
    """Return the link that leads nowhere, or the folder that may not be entered."""
    place = root
    for part in path.relative_to(root).parts:
        try:
            (place / part).stat()
        except OSError as error:
            return place if error.errno in (errno.EACCES, errno.EPERM) else place / part
        place /= part
    return path
