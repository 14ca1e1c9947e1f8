"""What verbs have in common that speak to a stage which runs on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError


def running_stage(project: Path | None, stage: str) -> Mapping[str, Any]:
    """Return what a stage that runs here says about itself: how to ask it, its app, URLs and outputs.

    Raises
    ------
    CumuloError
        When it does not run.
    """
    from cumulo.local.control import running
    from cumulo.synth import find_project

    about = running((project or find_project(Path.cwd())) / ".cumulo" / "local" / stage)
    if about is None:
        raise CumuloError(
            "the stage does not run on this machine",
            where=f"stage {stage!r}",
            hint=f"start it with `cumulo dev --stage {stage}`",
        )
    return about
