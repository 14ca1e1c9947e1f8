"""For programs: everything, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from cumulo.guidelines.finding import Finding, Report, Severity


def render(report: Report) -> str:
    """Write a report as JSON: ``findings``, ``accepted``, ``rules``, ``checked`` and ``counts``."""
    data = {
        "checked": report.checked,
        "counts": {severity.word: report.count(severity) for severity in Severity},
        "findings": [_finding(finding) for finding in report.findings],
        "accepted": [{**_finding(each.finding), "reason": each.reason} for each in report.accepted],
        "rules": {rule: {"title": info.title, "why": info.why, "fix": info.fix} for rule, info in report.rules.items()},
    }
    return json.dumps(data, indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
    fields = {**asdict(finding), "severity": finding.severity.word}
    del fields["edits"]  # --fix carries them out; the report says what to do in words
    return fields
