"""What ``cumulo check`` judges: the project's own app, or templates of anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cumulo.cli.facts import read_facts
from cumulo.guidelines.config import is_production
from cumulo.guidelines.finding import Finding
from cumulo.guidelines.system import System, of_assembly


@dataclass(frozen=True)
class Judged:
    """What is judged.

    Parameters
    ----------
    system
        The templates, and the functions whose code is at hand.
    before
        What was found while it was read.
    files
        The files that were named on the command line, or found for it: all that may be mended besides the
        project's own Python files.
    """

    system: System
    before: tuple[Finding, ...] = ()
    files: tuple[Path, ...] = ()


def read(
    templates: Sequence[Path],
    *,
    stage: str,
    project: Path,
    source: Path | None = None,
    parameters: Mapping[str, str] | None = None,
    cache: Path | None = None,
) -> Judged:
    """Read what the command line names: templates, or the project's app when there are none.

    Parameters
    ----------
    templates
        CloudFormation and SAM templates, and folders with some in them.
    stage
        The stage: it says whether production's rules hold.
    project
        The project's folder.
    source
        Folder that the templates' handlers are imported from.
    parameters
        Values of the templates' parameters.
    cache
        Folder that remembers what SAM's translator said.
    """
    if not templates:
        return _app(stage, project)
    from cumulo.guidelines.loading import load

    loaded = load(
        templates,
        production=is_production(project, stage),
        project=project,
        source=source,
        parameters=parameters,
        cache=cache,
    )
    return Judged(loaded.system, loaded.before, loaded.files)


def _app(stage: str, project: Path) -> Judged:
    from cumulo.synth import synthesize_project

    system = of_assembly(synthesize_project(project, stage, assets=False))
    return Judged(replace(system, facts=read_facts(project, stage)))
