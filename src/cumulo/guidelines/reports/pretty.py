"""For people at a terminal: grouped by file, each finding with what to write instead.

Why a rule is there is said once; a fix that stands above is not said again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import click

from cumulo.guidelines.edits import is_generated
from cumulo.guidelines.finding import Finding, Report, Severity
from cumulo.guidelines.reports.texts import shortened

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_INDENT = " " * 16
_LONGEST = 600  # characters of a message
_MOST_LINES = 40  # of a fix
_MOST_NAMED = 3  # of those that one line is about


def render(report: Report, *, colour: bool = False) -> str:
    """Write a report for people.

    Parameters
    ----------
    report
        What was found.
    colour
        Whether to write ANSI colours.
    """
    text = "\n".join([*_groups(report), _summary(report), *_hints(report)])
    return text if colour else click.unstyle(text)


def _groups(report: Report) -> Iterator[str]:
    explained: set[str] = set()
    for file, findings in groupby(report.findings, key=lambda finding: finding.file):
        yield click.style(_clean(file or "the project"), bold=True)
        fixes: dict[str, str] = {}
        for finding, subjects in _alike(findings):
            yield _headline(finding, subjects)
            if finding.rule not in explained:
                explained.add(finding.rule)
                yield from _labelled("why", report.rules[finding.rule].why)
            if fixes.get(finding.rule) != finding.fix:
                fixes[finding.rule] = finding.fix
                yield from _labelled("fix", finding.fix)
        yield ""


def _alike(findings: Iterable[Finding]) -> Iterator[tuple[Finding, Sequence[str]]]:
    """Put together what one line says about several, as a line of SAM's ``Globals`` does about all functions."""
    found: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}
    for finding in findings:
        key = (finding.line, finding.rule, finding.severity, finding.message, finding.fix)
        found.setdefault(key, (finding, []))[1].append(finding.subject)
    yield from found.values()


def _headline(finding: Finding, subjects: Sequence[str]) -> str:
    line = str(finding.line or "").rjust(5)
    word = click.style(finding.severity.word.ljust(7), fg=_COLOURS[finding.severity])
    subject = click.style(f"({_clean(shortened(_listed(subjects), _LONGEST))})", dim=True)
    return f"{line}  {word}  {finding.rule.ljust(7)}  {_clean(shortened(finding.message, _LONGEST))} {subject}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _labelled(label: str, text: str) -> Iterator[str]:
    """Yield a text behind its label; further lines, as of code, stand below each other."""
    lines = [_clean(line).rstrip() for line in shortened(text).strip().splitlines()[:_MOST_LINES]]
    for number, line in enumerate(lines):
        yield f"{_INDENT}{click.style(f'{label}:', fg='cyan') if not number else ' ' * (len(label) + 1)} {line}"


def _summary(report: Report) -> str:
    accepted = f"; {len(report.accepted)} accepted" if report.accepted else ""
    old = f"; {len(report.baselined)} in the baseline" if report.baselined else ""
    if not report.findings:
        checked = ", ".join(map(_clean, report.checked)) or "nothing"
        return click.style("nothing found", fg="green") + f" in {checked}{accepted}{old}"
    counts = ((severity, report.count(severity)) for severity in sorted(Severity, reverse=True))
    words = [
        f"{count} {severity.word}{'s' * (count > 1 and severity is not Severity.INFO)}"
        for severity, count in counts
        if count
    ]
    return f"{', '.join(words)}{accepted}{old}"


def _hints(report: Report) -> Iterator[str]:
    worst = max(report.findings, key=lambda finding: finding.severity, default=None)
    hint = click.style("hint:", fg="cyan")
    if worst is not None:
        yield f"{hint} cumulo explain {worst.rule}"
    mendable = sum(any(not is_generated(edit.file) for edit in finding.edits) for finding in report.findings)
    if mendable:
        yield f"{hint} cumulo check --fix mends {mendable} of them"


def _clean(text: str) -> str:
    """Drop control characters: names come from templates of anybody, and a terminal obeys them."""
    return "".join(character if character.isprintable() else " " for character in text)
