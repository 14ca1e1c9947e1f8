"""GitHub annotations: one workflow command for each finding.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; escaped as GitHub's own toolkit
does (https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts).
"""

from __future__ import annotations

from cumulo.guidelines.finding import Finding, Report, Severity
from cumulo.guidelines.reports.texts import shortened

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """Write a report as workflow commands; nothing in a finding can end a command or begin another.

    The gravest come first: GitHub shows only the first ten of a step for each kind.
    """
    ordered = sorted(report.findings, key=lambda finding: -finding.severity)
    return "\n".join(_command(finding) for finding in ordered)


def _command(finding: Finding) -> str:
    properties = {"file": finding.file, "line": finding.line, "title": finding.rule}
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    fix = f"\nfix: {finding.fix}" if finding.fix else ""
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(f'{finding.message} ({finding.subject}){fix}')}"


def _data(text: str) -> str:
    # Half of a surrogate pair, as JSON may hold it, cannot be written at all.
    writable = shortened(text).encode(errors="replace").decode()
    return writable.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
