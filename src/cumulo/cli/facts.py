"""What the journal of a local run says about a stage, for rules that judge by figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from cumulo.errors import CumuloError
from cumulo.guidelines.facts import NOTHING, Facts, FunctionFacts

if TYPE_CHECKING:
    from cumulo.local.entries import Entry

_INVOCATIONS = 200
"""How many of each function, the newest, are looked at."""


def read_facts(project: Path, stage: str) -> Facts:
    """Read what was measured when a stage ran on this machine; nothing when it did not, or its journal is damaged.

    Parameters
    ----------
    project
        The project's folder.
    stage
        The stage.
    """
    journal = project / ".cumulo" / "local" / stage / "journal.sqlite"
    if not journal.is_file():
        return NOTHING
    from cumulo.local.journal_file import newest

    try:
        invocations = newest(journal, "invocation", each=_INVOCATIONS)
        imports = newest(journal, "import", each=1)
    except CumuloError:
        # It is `cumulo dev`'s to say: what is judged here does not need it.
        return NOTHING
    functions = {name: facts for name, entries in invocations.items() if (facts := _function(entries))}
    seconds = {name: entries[0].data.get("seconds") for name, entries in imports.items()}
    return Facts(functions, {name: each for name, each in seconds.items() if isinstance(each, float)})


def _function(entries: Sequence[Entry]) -> FunctionFacts | None:
    """Sum up a function's invocations, the newest first, back to when it had another memory."""
    measured = [entry.data for entry in entries if isinstance(entry.data.get("max_memory_mb"), int)]
    memory = measured[0].get("memory_mb") if measured else None
    if not isinstance(memory, int):
        return None
    same = list(takewhile(lambda data: data.get("memory_mb") == memory, measured))
    inits = [data["init_ms"] / 1000 for data in same if "init_ms" in data]
    return FunctionFacts(memory, max(data["max_memory_mb"] for data in same), len(same), max(inits, default=None))
