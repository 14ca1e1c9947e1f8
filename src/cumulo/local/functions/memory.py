"""How much memory a worker uses, as the kernel counts it."""

from __future__ import annotations

import os
from pathlib import Path

_MB = 1 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


def peak_memory(pid: int) -> int:
    """Return the most memory that a process has had, in MB, what it shares included; 0 when it has ended."""
    return _field(pid, "status", b"VmHWM:") // 1024


def exceeds(pid: int, limit: int) -> bool:
    """Whether a process has more memory of its own than a limit, in MB.

    What it shares with the process that it was forked from does not count: it is not the function's own.

    Examples
    --------
    >>> exceeds(os.getpid(), 1_000_000)
    False
    """
    try:
        resident = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError):  # it has ended
        return False
    # The exact count takes milliseconds for a large process.
    return resident > limit * _MB and _field(pid, "smaps_rollup", b"Private_Dirty:") > limit * 1024


def _field(pid: int, file: str, name: bytes) -> int:
    """Return a field of a file in /proc, in KB."""
    try:
        content = Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return 0
    value = content.partition(name)[2].split(maxsplit=1)
    return int(value[0]) if value else 0
