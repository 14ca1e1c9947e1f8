"""Edits: what mends a finding without anybody's judgement, for ``cumulo check --fix``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Path_ = tuple[str | int, ...]
Plain = str | int | float | bool | Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True)
class Put:
    """Set a value in a template.

    Parameters
    ----------
    file
        The template's file.
    path
        Where in the template: ``("Resources", "Queue", "Properties", "VisibilityTimeout")``. What is missing on the
        way is made.
    value
        What to write there, as plain data.
    """

    file: str
    path: Path_
    value: Plain


@dataclass(frozen=True)
class Replace:
    """Replace a piece of a Python file.

    Parameters
    ----------
    file
        The file, relative to the project.
    line, column
        Where the piece begins: line from 1, column from 0 in UTF-8 bytes, as in `ast`.
    end_line, end_column
        Where it ends, likewise.
    text
        What comes there.
    imports
        Modules and names that the text needs: ``("datetime.UTC",)`` for ``from datetime import UTC``.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    imports: tuple[str, ...] = ()


Edit = Put | Replace

_GENERATED = frozenset({"cdk.out", ".serverless", ".aws-sam"})


def is_generated(file: str) -> bool:
    """Tell whether a template lies where the CDK, the Serverless Framework or SAM write theirs.

    What is mended there is written over the next time: the change belongs where the template is made from. The CDK
    leaves a file called ``cdk.out`` in whatever folder it writes to.

    Examples
    --------
    >>> is_generated("cdk.out/Shop.template.json")
    True
    """
    path = Path(file)
    return not _GENERATED.isdisjoint(path.resolve().parts) or (path.parent / "cdk.out").is_file()
