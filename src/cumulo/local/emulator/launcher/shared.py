"""Numbers in memory that the emulator and its parent share: what one says, the other reads at once.

Imports nothing of Cumulo, since both processes need it.
"""

from __future__ import annotations

import mmap
import os
import struct

_TIME, _COUNT = struct.Struct("d"), struct.Struct("Q")  # each is written in one piece
_OFFSET, _EXPIRY, _CHANGES, _SIZE = 0, 8, 16, 24


class Shared:
    """The numbers.

    Parameters
    ----------
    descriptor
        File descriptor of the memory, as of :func:`allocate`; it may be closed afterwards.

    Examples
    --------
    >>> descriptor = allocate()
    >>> ours, theirs = Shared(descriptor), Shared(descriptor)
    >>> ours.offset = 86_400.0
    >>> theirs.offset
    86400.0
    """

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)

    @property
    def offset(self) -> float:
        """How far the clock is ahead of real time, in seconds; the parent says it."""
        return float(_TIME.unpack_from(self._memory, _OFFSET)[0])

    @offset.setter
    def offset(self, seconds: float) -> None:
        _TIME.pack_into(self._memory, _OFFSET, seconds)

    @property
    def next_expiry(self) -> float:
        """When something may expire next, in seconds since the epoch, infinity for never; the emulator says it."""
        return float(_TIME.unpack_from(self._memory, _EXPIRY)[0])

    @next_expiry.setter
    def next_expiry(self, due: float) -> None:
        _TIME.pack_into(self._memory, _EXPIRY, due)

    @property
    def changes(self) -> int:
        """How many requests may have changed something; the emulator counts them."""
        return int(_COUNT.unpack_from(self._memory, _CHANGES)[0])

    def count_change(self) -> None:
        """Count a request that may have changed something."""
        _COUNT.pack_into(self._memory, _CHANGES, self.changes + 1)


def allocate() -> int:
    """Return the file descriptor of new memory, with all numbers 0, for both processes; it may be passed on."""
    descriptor = os.memfd_create("cumulo")
    os.ftruncate(descriptor, _SIZE)
    return descriptor
