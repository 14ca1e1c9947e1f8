"""What a fixture says was measured."""

from __future__ import annotations

import json
from pathlib import Path

from cumulo.guidelines.facts import NOTHING, Facts, FunctionFacts


def facts_of(folder: Path) -> Facts:
    """Read ``facts.json``, which only rules about what was measured have."""
    file = folder / "facts.json"
    if not file.exists():
        return NOTHING
    said = json.loads(file.read_text())
    functions = {name: FunctionFacts(**each) for name, each in said.get("functions", {}).items()}
    return Facts(functions, said.get("imports", {}))
