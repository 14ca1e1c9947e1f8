"""What ``cumulo check`` judges: the project's own app, or templates of anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cumulo.cli.facts import read_facts
from cumulo.errors import CumuloError, UsageError
from cumulo.guidelines.assembled import of_assembly
from cumulo.guidelines.config import is_production
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.own_rules import UNREADABLE
from cumulo.guidelines.system import System

if TYPE_CHECKING:
    from cumulo.assembly import Assembly, FunctionArtifact


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
    app: Callable[[], Assembly],
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
    app
        Synthesises the project's app.
    stage
        The stage: it says whether production's rules hold, and what parameters for the stage are then.
    project
        The project's folder.
    source
        Folder that the templates' handlers are imported from.
    parameters
        Values of the templates' parameters.
    cache
        Folder that remembers what SAM's translator said.

    Raises
    ------
    UsageError
        When parameters have values that no template takes.
    CumuloError
        When the app cannot be synthesised.
    """
    if not templates:
        if parameters:
            hint = "name the template; what an app's stacks are made of is in its code"
            raise UsageError("is for templates, and none is named", where="--parameter", hint=hint)
        return _app(app(), stage, project)
    from cumulo.guidelines.loading import load

    loaded = load(
        templates,
        stage=stage,
        production=is_production(project, stage),
        project=project,
        source=source,
        parameters=parameters,
        cache=cache,
    )
    return Judged(loaded.system, loaded.before, loaded.files)


def _app(assembly: Assembly, stage: str, project: Path) -> Judged:
    system = replace(of_assembly(assembly), facts=read_facts(project, stage))
    return Judged(system, tuple(_wrong_handlers(assembly)))


def _wrong_handlers(assembly: Assembly) -> Iterator[Finding]:
    """Yield handlers that are not there: synthesis refuses them, and would leave the rest unjudged."""
    from cumulo.guidelines.engine import unreadable
    from cumulo.synth.assets.handlers import check_handler

    for function in assembly.functions:
        try:
            check_handler(assembly.project, function.handler)
        except CumuloError as problem:
            of_its_own = problem.where == f"handler {function.handler!r}"
            yield _wrong_handler(assembly, function, problem) if of_its_own else unreadable(problem)


def _wrong_handler(assembly: Assembly, function: FunctionArtifact, problem: CumuloError) -> Finding:
    stack = assembly.stacks_by_id[function.stack]
    declared = stack.sources.get(function.logical_id)
    return Finding(
        UNREADABLE,
        Severity.ERROR,
        f"{stack.name}/{function.logical_id}",
        f"{problem.where}: {problem.what}",
        problem.hint or "",
        declared.file if declared else None,
        declared.line if declared else None,
    )
