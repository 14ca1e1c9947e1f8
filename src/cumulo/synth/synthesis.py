"""From an app to its assembly on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cumulo import assembly
from cumulo.assembly import Assembly, FunctionArtifact, StackArtifact
from cumulo.constructs.function import HOST_PYTHON, Function
from cumulo.errors import CumuloError
from cumulo.model.app import App
from cumulo.model.stack import Stack
from cumulo.synth.assets.handlers import check_handler
from cumulo.synth.load import load_app
from cumulo.synth.project import open_project
from cumulo.synth.templates import template
from cumulo.synth.workspace import workspace


def synthesize_project(
    project: Path,
    stage: str,
    *,
    assets: bool = False,
    emulated: bool = False,
    handlers: bool = True,
    region: str | None = None,
    folder: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Assembly:
    """Load a project's app and write its assembly.

    Parameters
    ----------
    project
        The project's folder.
    stage
        The stage's name.
    assets
        Whether to package the functions' code; a local run needs no packages.
    emulated
        Whether the packages are for functions that an emulator runs on this machine.
    handlers
        Whether to refuse functions whose handlers are not there.
    region
        Overrides the stage's region.
    folder
        Where to write; by default ``.cumulo/out/<stage>`` in the project.
    report
        Told what takes time.

    Raises
    ------
    CumuloError
        When something in the project is wrong.
    """
    opened = open_project(project)
    app = load_app(opened, opened.stage(stage, region=region))
    out = folder or workspace(project) / "out" / stage
    return synthesize(app, project, out, assets=assets, emulated=emulated, handlers=handlers, report=report)


def synthesize(
    app: App,
    project: Path,
    folder: Path,
    *,
    assets: bool = False,
    emulated: bool = False,
    handlers: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> Assembly:
    """Write an app's assembly; parameters as of :func:`synthesize_project`."""
    functions = [c for stack in app.stacks.values() for c in stack.constructs if isinstance(c, Function)]
    for function in functions if handlers else ():
        _check_handler(function, project)
    packaged: dict[Function, str] = {}
    if assets:
        from cumulo.synth.packaging import package

        packaged = package(functions, project, folder, emulated, report)
    for function, asset in packaged.items():
        function.set_asset(asset)
    result = Assembly(
        folder=folder,
        project=project,
        app=app.name,
        stage=app.stage.name,
        production=app.stage.production,
        account=app.stage.account,
        region=app.stage.region,
        python=HOST_PYTHON,
        stacks=assembly.in_order([_stack(stack, project) for stack in app.stacks.values()]),
        functions=tuple(
            FunctionArtifact(function.stack.id, str(function.function.title), function.handler, packaged.get(function))
            for function in functions
        ),
    )
    assembly.write(result)
    return result


def _check_handler(function: Function, project: Path) -> None:
    try:
        check_handler(project, function.handler)
    except CumuloError as error:
        raise function.error(f"{error.where}: {error.what}", hint=error.hint) from None


def _stack(stack: Stack, project: Path) -> StackArtifact:
    return StackArtifact(
        id=stack.id,
        name=stack.name,
        template=template(stack),
        dependencies=tuple(sorted(stack.dependencies)),
        termination_protection=stack.termination_protection,
        tags=dict(sorted(stack.app.tags.items())),
        sources={
            title: replace(construct.source, file=_relative(construct.source.file, project))
            for construct in stack.constructs
            for title in sorted(construct.resources)
        },
        accepted={
            title: construct.accept
            for construct in stack.constructs
            if construct.accept
            for title in sorted(construct.resources)
        },
    )


def _relative(file: str, project: Path) -> str:
    path = Path(file)
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else file
