"""Random bytes for ids of requests, invocations and traces: they tell things apart, and are no secrets."""

from __future__ import annotations

import random


def random_bytes(size: int) -> bytes:
    """Return so many random bytes, without a system call: another thread could take the interpreter's lock meanwhile.

    Examples
    --------
    >>> len(random_bytes(16))
    16
    """
    return random.randbytes(size)  # noqa: S311
