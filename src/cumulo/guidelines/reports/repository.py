"""Naming files as a repository does: GitHub finds those of a project in a subfolder only so."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from cumulo.guidelines.finding import Accepted, Finding, Report


def from_repository(report: Report, project: Path) -> Report:
    """Return a report whose files are named from the top of the repository.

    Parameters
    ----------
    report
        What was found. Python files are named from the project, templates from the current folder.
    project
        The project's folder.
    """
    project = project.resolve()
    top = next((each for each in (project, *project.parents) if (each / ".git").exists()), project)
    moved = partial(_moved, project=project, top=top)
    return replace(
        report,
        findings=tuple(moved(each) for each in report.findings),
        accepted=tuple(Accepted(moved(each.finding), each.reason) for each in report.accepted),
        baselined=tuple(moved(each) for each in report.baselined),
    )


def _moved(finding: Finding, *, project: Path, top: Path) -> Finding:
    if finding.file is None:
        return finding
    try:
        found = next((path for path in (project / finding.file, Path(finding.file)) if path.exists()), None)
    except (OSError, ValueError):
        found = None
    if found is None:
        return finding
    path = found.parent.resolve() / found.name
    return replace(finding, file=path.relative_to(top).as_posix()) if path.is_relative_to(top) else finding
