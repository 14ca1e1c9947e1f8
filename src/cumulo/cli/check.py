"""``cumulo check``: judge the system, or templates of anybody, against the guidelines."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError, UsageError
from cumulo.guidelines.reports import FORMATS

if TYPE_CHECKING:
    from cumulo.guidelines.config import CheckConfig
    from cumulo.guidelines.finding import Report

_SEVERITIES = ("error", "warning", "info")
_CACHE = Path(".cumulo/cache/check")
_WRONG = 2


@click.command(name="check")
@click.argument("templates", nargs=-1, metavar="[TEMPLATE]...", type=click.Path(path_type=Path))
@options.project_option
@options.stage_option
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="pretty", show_default=True, help="Report format."
)
@click.option(
    "--fail-on",
    type=click.Choice(_SEVERITIES),
    default="error",
    show_default=True,
    help="Exit with 1 for findings of this severity or a higher one.",
)
@click.option("--no-cfn-lint", is_flag=True, help="Leave out cfn-lint's findings.")
@click.option("--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to a file.")
def command(
    templates: tuple[Path, ...],
    stage: str,
    project: Path | None,
    form: str,
    fail_on: str,
    no_cfn_lint: bool,
    file: Path | None,
) -> int:
    """Judge the system against the guidelines.

    Without TEMPLATE the app of the project is synthesised and judged with its functions' source;
    otherwise the given CloudFormation templates (JSON or YAML) are.
    """
    from cumulo.guidelines.finding import Severity

    folder = _project(project, needed=not templates)
    report = (
        _of_templates(templates, stage, folder, lint=not no_cfn_lint)
        if templates
        else _of_app(folder, stage, lint=not no_cfn_lint)
    )
    _show(report, form, file)
    if templates and not report.checked:
        return _WRONG
    return int(report.worst is not None and report.worst >= Severity[fail_on.upper()])


def _project(given: Path | None, *, needed: bool) -> Path:
    from cumulo.synth import find_project

    if given is not None:
        return given.resolve()
    folder = Path.cwd()
    if needed:
        return find_project(folder)
    return next((each for each in (folder, *folder.parents) if (each / "pyproject.toml").is_file()), folder)


def _of_app(project: Path, stage: str, *, lint: bool) -> Report:
    from cumulo.guidelines.cfn_lint_process import ahead

    cache = project / _CACHE
    with ahead(project, cache, wanted=lint) as linter:
        from cumulo.guidelines.config import read_config
        from cumulo.guidelines.engine import check
        from cumulo.guidelines.system import of_assembly
        from cumulo.synth import synthesize_project

        config = read_config(project)
        system = of_assembly(synthesize_project(project, stage, assets=False))
        return check(system, config, lint=lint, cache=cache, linter=linter)


def _of_templates(templates: Sequence[Path], stage: str, project: Path, *, lint: bool) -> Report:
    from cumulo.guidelines.config import is_production, read_config
    from cumulo.guidelines.engine import check, repeated, unreadable
    from cumulo.guidelines.system import of_templates
    from cumulo.guidelines.template.reading import read_template

    config: CheckConfig = read_config(project)
    files, problems = [], []
    for path in dict.fromkeys(templates):
        try:
            files.append(read_template(path))
        except CumuloError as problem:
            problems.append(unreadable(problem))
    system = of_templates(files, production=is_production(project, stage), project=project)
    before = [*problems, *(finding for file in files for finding in repeated(file))]
    # A stranger's template leaves no folder behind; a project has its place for it.
    cache = project / _CACHE if (project / ".cumulo").is_dir() else None
    return check(system, config, lint=lint, cache=cache, before=before)


def _show(report: Report, form: str, file: Path | None) -> None:
    render = importlib.import_module(f"cumulo.guidelines.reports.{form}").render
    if file is not None:
        try:
            file.write_text(render(report) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot be written ({error.strerror})", where=str(file)) from None
        output.talk(f"wrote {file}")
        return
    text = render(report, colour=True) if form == "pretty" and output.colours(sys.stdout) else render(report)
    if text:
        output.data(text)
