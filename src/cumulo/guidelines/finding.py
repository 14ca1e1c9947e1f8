"""Findings: what a rule says about one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from cumulo.guidelines.edits import Edit


class Severity(IntEnum):
    """How much a finding matters; a higher number matters more."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The severity in lower case: ``"warning"``."""
        return self.name.lower()


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found.

    Parameters
    ----------
    rule
        Id of the rule: ``"FN001"``, or cfn-lint's own: ``"E3012"``.
    severity
        How much it matters on this stage.
    subject
        What it concerns: ``"items-dev-api/CreateItem"``, a function's name, a file.
    message
        What is wrong there, in one sentence.
    fix
        What to do, as code where that is possible; may be empty.
    file
        Where it was declared; relative to the project where it lies in it. ``None`` when nobody knows.
    line
        Line in the file, from 1.
    edits
        What mends it without anybody's judgement; empty when somebody has to think.
    """

    rule: str
    severity: Severity
    subject: str
    message: str
    fix: str = ""
    file: str | None = None
    line: int | None = None
    edits: tuple[Edit, ...] = field(default=(), compare=False)

    @property
    def order(self) -> tuple[str, int, str, str, str]:
        """What findings are sorted by: file, line, rule, subject, message."""
        return (self.file or "", self.line or 0, self.rule, self.subject, self.message)


@dataclass(frozen=True)
class Accepted:
    """A finding that somebody accepted, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class RuleInfo:
    """What the reports say about a rule."""

    id: str
    title: str
    why: str
    fix: str
    severity: Severity
    documentation: str = ""


@dataclass(frozen=True)
class Report:
    """Everything that one check found.

    Parameters
    ----------
    findings
        What was found and not accepted, in a stable order.
    accepted
        What was found and accepted with a reason.
    rules
        The rules that the findings name, by id.
    checked
        What was looked at: names of stacks and template files.
    baselined
        What was found and stands in the baseline: old findings that do not count.
    texts
        The Python files that have edits, as they were judged.

    Examples
    --------
    >>> Report(findings=(Finding("FN001", Severity.WARNING, "api/Create", "no memory"),)).worst
    <Severity.WARNING: 2>
    """

    findings: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    rules: Mapping[str, RuleInfo] = field(default_factory=dict)
    checked: tuple[str, ...] = ()
    baselined: tuple[Finding, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def worst(self) -> Severity | None:
        """The highest severity among the findings."""
        return max((finding.severity for finding in self.findings), default=None)

    def count(self, severity: Severity) -> int:
        """Count the findings of one severity."""
        return sum(finding.severity is severity for finding in self.findings)
