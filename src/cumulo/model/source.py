"""Where a thing was declared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A line of the project.

    Parameters
    ----------
    file
        Path of the file; in an assembly relative to the project's folder.
    line
        Line number, from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
