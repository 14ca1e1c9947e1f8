"""Words that several messages use."""

from __future__ import annotations

from collections.abc import Sequence


def together(names: Sequence[str], most: int = 3) -> str:
    """Name a few things in one phrase.

    Parameters
    ----------
    names
        What they are called; at least one.
    most
        How many are named before the rest is only counted.

    Examples
    --------
    >>> together(["A", "B"]), together(["A", "B", "C", "D", "E"])
    ('A and B', 'A, B, C and 2 more')
    """
    last = names[-1] if len(names) <= most else f"{len(names) - most} more"
    return " and ".join(filter(None, (", ".join(names[: min(most, len(names) - 1)]), last)))
