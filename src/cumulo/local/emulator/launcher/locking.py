"""One emulator for one state folder."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

_PATIENCE = 10.0
# A process that was killed a moment ago may count as alive, and its emulator may not have noticed yet.
_GRACE = 0.5


class TakenError(Exception):
    """Another process uses the state folder: its pid is the argument."""


def take(folder: Path, owner: int) -> TextIO:
    """Lock a state folder for as long as the returned file is open; the system unlocks it when the process dies.

    When the process that started the other emulator is dead, or that emulator took its owner out of the file, it is
    about to stop and is waited for.

    Parameters
    ----------
    folder
        The state folder.
    owner
        The pid that people know: the parent's.
    """
    file = (folder / "lock").open("a+")
    begun = time.monotonic()
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(str(owner))
            file.flush()
            return file
        file.seek(0)
        other = file.read().strip()
        if time.monotonic() > begun + (_GRACE if _alive(other) else _PATIENCE):
            file.close()
            raise TakenError(other or "unknown")
        time.sleep(0.02)


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
