"""What was measured when a system ran: plain figures that rules judge settings by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FunctionFacts:
    """What the invocations of one function have shown.

    Parameters
    ----------
    memory
        The memory that was set then, in MB.
    max_memory
        The most that a worker used, in MB.
    invocations
        How many were looked at.
    init_seconds
        The longest init phase; ``None`` when there was none.
    """

    memory: int
    max_memory: int
    invocations: int
    init_seconds: float | None = None


@dataclass(frozen=True)
class Facts:
    """What is known from running a system.

    Parameters
    ----------
    functions
        By a function's name.
    imports
        Seconds of processor time that a third-party module took to import, by its dotted name. For
        ``from a import b`` there may be ``"a"`` and, beyond that, ``"a.b"``.

    Examples
    --------
    >>> Facts(imports={"boto3": 0.08}).imports["boto3"]
    0.08
    """

    functions: Mapping[str, FunctionFacts] = field(default_factory=dict)
    imports: Mapping[str, float] = field(default_factory=dict)


NOTHING = Facts()
"""Of a system that has not run."""
