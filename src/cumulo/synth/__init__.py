"""From a project to its assembly.

The names are loaded when they are first used: reading a project's settings needs no template.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cumulo.synth.project import Project, find_project, open_project
    from cumulo.synth.synthesis import synthesize, synthesize_project

__all__ = ["Project", "find_project", "open_project", "synthesize", "synthesize_project"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'cumulo.synth' has no attribute {name!r}")
    module = "synthesis" if name.startswith("synthesize") else "project"
    value: object = vars(importlib.import_module(f"cumulo.synth.{module}"))[name]
    globals()[name] = value
    return value
