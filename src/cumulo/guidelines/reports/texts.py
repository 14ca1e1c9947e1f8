"""Keeping texts of anybody within bounds."""

from __future__ import annotations

MOST = 4_000
"""Longest text that a report gives for one finding, in characters."""


def shortened(text: str, most: int = MOST) -> str:
    """Return a text cut off where it is too long to be read."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
