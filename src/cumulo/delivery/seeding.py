"""Filling a stage with data for development: the project's own script, called for a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from cumulo.assembly import Assembly
from cumulo.delivery import stacks
from cumulo.delivery.outputs import Outputs, deployed_outputs
from cumulo.delivery.session import Target, aws_errors
from cumulo.errors import CumuloError, UsageError
from cumulo.model.stage import Stage
from cumulo.synth.load import importing_from
from cumulo.synth.project import Project

if TYPE_CHECKING:
    import boto3

DEFAULT_SCRIPT = "scripts.seed:seed"


@dataclass(frozen=True)
class Seeding:
    """What a seed script is called with.

    Parameters
    ----------
    app, stage
        What is seeded.
    session
        Makes clients and resources for the stage, wherever it is.
    outputs
        Its outputs: stack id → output → value.
    resources
        What its resources are called there: stack id → logical id → physical id, for example a table's name.
    say
        Shows a line of progress.

    Examples
    --------
    ``scripts/seed.py``::

        def seed(stage):
            table = stage.session.resource("dynamodb").Table(stage.resources["data"]["ItemsTable"])
            table.put_item(Item={"PK": "ITEM#1"})
            stage.say("made one item")
    """

    app: str
    stage: str
    session: boto3.Session = field(repr=False)
    outputs: Outputs
    resources: Mapping[str, Mapping[str, str]]
    say: Callable[[str], None] = field(repr=False)


def check_stage(stage: Stage) -> None:
    """Refuse to seed a production stage, always.

    Raises
    ------
    CumuloError
        When it is one.
    """
    if stage.production:
        raise CumuloError(
            "a production stage is never seeded", where=f"stage {stage.name!r}", hint="choose another --stage"
        )


def seed(project: Project, assembly: Assembly, target: Target, say: Callable[[str], None]) -> None:
    """Call a project's seed script for a stage.

    Parameters
    ----------
    project
        The project: ``seed = "module:function"`` in ``[tool.cumulo]`` says where the script is,
        ``scripts/seed.py`` is found without.
    assembly
        The stage as it is declared.
    target
        Where it is deployed or runs.
    say
        Takes the script's lines of progress.

    Raises
    ------
    CumuloError
        When the stage is a production stage or not there, there is no script, or the script fails: at which line.
    """
    check_stage(project.stage(assembly.stage))
    where = _script(project)
    outputs = deployed_outputs(assembly, target)
    with aws_errors():
        client = target.cloudformation
        resources = {s.id: stacks.physical_ids(client, s.name) for s in assembly.stacks if s.id in outputs}
    stage = Seeding(assembly.app, assembly.stage, target.session, outputs, resources, say)
    _call(project, where, stage)


def _script(project: Project) -> str:
    declared = project.settings.get("seed")
    if not declared and not (project.folder / "scripts" / "seed.py").is_file():
        raise CumuloError(
            "there is no seed script",
            where=str(project.folder),
            hint='write scripts/seed.py with `def seed(stage)`, or say where it is: seed = "module:function"'
            " in [tool.cumulo] of pyproject.toml",
        )
    where = str(declared or DEFAULT_SCRIPT)
    if not all(where.partition(":")):
        raise UsageError(
            f"seed is {where!r}, not a module and its function",
            where=f"{project.folder / 'pyproject.toml'}: [tool.cumulo]",
            hint=f"write it like {DEFAULT_SCRIPT!r}",
        )
    return where


def _call(project: Project, where: str, stage: Seeding) -> None:
    module_name, _, function_name = where.partition(":")
    try:
        with importing_from(project.folder):
            function = vars(import_module(module_name)).get(function_name)
            if not callable(function):
                raise CumuloError(f"{module_name} has no function {function_name!r}", where=where)
            function(stage)
    except (Exception, SystemExit) as error:
        from cumulo.synth.mistakes import explained, locate

        if isinstance(error, CumuloError):
            locate(error, project.folder)
            raise
        raise explained(error, project.folder, where) from error
