"""For people at a terminal: grouped by file, with the fix under each finding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import click

from cumulo.guidelines.finding import Finding, Report, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def render(report: Report, *, colour: bool = False) -> str:
    """Write a report for people.

    Parameters
    ----------
    report
        What was found.
    colour
        Whether to write ANSI colours.
    """
    text = "\n".join([*_groups(report), _summary(report)])
    return text if colour else click.unstyle(text)


def _groups(report: Report) -> Iterator[str]:
    for file, findings in groupby(report.findings, key=lambda finding: finding.file):
        yield click.style(_clean(file or "the project"), bold=True)
        for finding in findings:
            yield from _lines(finding)
        yield ""


def _lines(finding: Finding) -> Iterator[str]:
    line = str(finding.line or "").rjust(5)
    word = click.style(finding.severity.word.ljust(7), fg=_COLOURS[finding.severity])
    subject = click.style(f"({_clean(finding.subject)})", dim=True)
    yield f"{line}  {word}  {finding.rule.ljust(6)}  {_clean(finding.message)} {subject}"
    if finding.fix:
        yield f"{' ' * 24}{click.style('fix:', fg='cyan')} {_clean(finding.fix)}"


def _summary(report: Report) -> str:
    accepted = f"; {len(report.accepted)} accepted" if report.accepted else ""
    if not report.findings:
        return click.style("nothing found", fg="green") + f" in {', '.join(map(_clean, report.checked))}{accepted}"
    counts = ((severity, report.count(severity)) for severity in sorted(Severity, reverse=True))
    words = [
        f"{count} {severity.word}{'s' * (count > 1 and severity is not Severity.INFO)}"
        for severity, count in counts
        if count
    ]
    return f"{', '.join(words)}{accepted}"


def _clean(text: str) -> str:
    """Drop control characters: names come from templates of anybody, and a terminal obeys them."""
    return "".join(character if character.isprintable() else " " for character in text)
