"""``cumulo check``: judge the system, or templates of anybody, against the guidelines."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError, UsageError
from cumulo.guidelines.reports import FORMATS, OF_REPOSITORY

if TYPE_CHECKING:
    from cumulo.cli.judging import Judged
    from cumulo.guidelines.baseline import Baseline
    from cumulo.guidelines.config import CheckConfig
    from cumulo.guidelines.finding import Report

_SEVERITIES = ("error", "warning", "info")
_CACHE = Path(".cumulo/cache/check")
_WRONG = 2
# What `--write-baseline` without a file means.
_USUAL = "-"


@dataclass(frozen=True)
class _Request:
    """What shall be judged, and how."""

    templates: tuple[Path, ...]
    source: Path | None
    parameters: Mapping[str, str]
    stage: str
    project: Path
    lint: bool
    config: CheckConfig
    old: Baseline | None


@click.command(name="check")
@click.argument("templates", nargs=-1, metavar="[TEMPLATE]...", type=click.Path(readable=False, path_type=Path))
@options.project_option
@options.stage_option
@click.option(
    "--source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that the templates' Python handlers are imported from.  [default: each function's local CodeUri]",
)
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Value of a template's parameter.")
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
@click.option("--fix", is_flag=True, help="Show what can be mended without judgement, ask, and mend it.")
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with old findings that do not count.  [default: cumulo-baseline.json, if it is there]",
)
@click.option("--no-baseline", is_flag=True, help="Count old findings, too.")
@click.option(
    "--write-baseline",
    is_flag=False,
    flag_value=_USUAL,
    metavar="[FILE]",
    help="Make what is found now the baseline.",
)
@click.option("--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to a file.")
@click.option("--yes", "-y", is_flag=True, help="Mend without asking.")
def command(
    templates: tuple[Path, ...],
    source: Path | None,
    parameters: tuple[str, ...],
    stage: str,
    project: Path | None,
    form: str,
    fail_on: str,
    no_cfn_lint: bool,
    fix: bool,
    baseline: Path | None,
    no_baseline: bool,
    write_baseline: str | None,
    file: Path | None,
    yes: bool,
) -> int:
    """Judge the system against the guidelines.

    Without TEMPLATE the app of the project is synthesised and judged with its functions' source;
    otherwise the given CloudFormation or SAM templates are (JSON or YAML), with the source of their Python functions
    where it is at hand. A folder stands for the templates in it: a CDK app's cdk.out, .serverless, .aws-sam/build,
    or any other.
    """
    from cumulo.guidelines.config import read_config

    if write_baseline not in (None, _USUAL) and Path(str(write_baseline)).suffix != ".json":
        hint = "name templates before it, or write --write-baseline=FILE.json"
        raise UsageError(f"takes {write_baseline} as the baseline's file", where="--write-baseline", hint=hint)
    folder = _project(project, needed=not templates)
    config = read_config(folder)
    place = _baseline_file(folder, config, baseline)
    old = None if no_baseline or write_baseline else _old(place, needed=bool(baseline or config.baseline))
    request = _Request(templates, source, _parameters(parameters), stage, folder, not no_cfn_lint, config, old)
    judged, report = _judged(request)
    if fix:
        from cumulo.cli.mending import mend

        if mend(judged, report, yes=yes):
            judged, report = _judged(request)
    nothing = bool(templates) and not report.checked
    if write_baseline and not nothing:
        return _write_baseline(place if write_baseline == _USUAL else Path(write_baseline), judged, report)
    _show(report, form, file, folder)
    return _WRONG if nothing else _status(report, fail_on)


def _project(given: Path | None, *, needed: bool) -> Path:
    from cumulo.synth import find_project

    if given is not None:
        return given.resolve()
    folder = Path.cwd()
    if needed:
        return find_project(folder)
    return next((each for each in (folder, *folder.parents) if (each / "pyproject.toml").is_file()), folder)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Look for no garbage: it ends within seconds, and that takes a twentieth of them."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _judged(request: _Request) -> tuple[Judged, Report]:
    """Judge; an app that cannot be synthesised ends with 2: with 1 it would seem to have been judged."""
    try:
        return _judge(request)
    except CumuloError as problem:
        raise UsageError(problem.what, where=problem.where, hint=problem.hint) from problem


def _judge(request: _Request) -> tuple[Judged, Report]:
    from cumulo.cli.synthesizing import synthesizing
    from cumulo.guidelines.cfn_lint.process import ahead

    cache = request.project / _CACHE
    of_app = not request.templates
    with (
        _without_collections(),
        ahead(request.project, cache, wanted=request.lint) as linter,
        synthesizing(request.project, request.stage, wanted=of_app) as app,
    ):
        from cumulo.cli.judging import read
        from cumulo.guidelines.discovery import rules
        from cumulo.guidelines.engine import check

        rules()
        # A stranger's template leaves no folder behind; a project has its place for it.
        remembered = cache if not request.templates or (request.project / ".cumulo").is_dir() else None
        judged = read(
            request.templates,
            app,
            stage=request.stage,
            project=request.project,
            source=request.source,
            parameters=request.parameters,
            cache=remembered,
        )
        report = check(
            judged.system,
            request.config,
            lint=request.lint,
            cache=remembered,
            before=judged.before,
            linter=linter,
            old=request.old,
        )
        return judged, report


def _parameters(given: Sequence[str]) -> Mapping[str, str]:
    for each in given:
        if "=" not in each:
            raise UsageError(f"{each} is not NAME=VALUE", where="--parameter")
    return dict(each.split("=", 1) for each in given)


def _baseline_file(project: Path, config: CheckConfig, given: Path | None) -> Path:
    from cumulo.guidelines.baseline import DEFAULT_FILE

    return given or project / (config.baseline or DEFAULT_FILE)


def _old(file: Path, *, needed: bool) -> Baseline | None:
    from cumulo.guidelines.baseline import read_baseline

    return read_baseline(file) if needed or file.exists() else None


def _write_baseline(file: Path, judged: Judged, report: Report) -> int:
    from cumulo.guidelines.baseline import write_baseline

    count = write_baseline(file, report.findings, judged.system)
    output.talk(f"wrote {count} finding{'s' * (count != 1)} to {file}: from now on only new ones count")
    return 0


def _status(report: Report, fail_on: str) -> int:
    from cumulo.guidelines.finding import Severity

    return int(report.worst is not None and report.worst >= Severity[fail_on.upper()])


def _show(report: Report, form: str, file: Path | None, project: Path) -> None:
    render = importlib.import_module(f"cumulo.guidelines.reports.{form}").render
    if form in OF_REPOSITORY:
        from cumulo.guidelines.reports.repository import from_repository

        report = from_repository(report, project)
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
