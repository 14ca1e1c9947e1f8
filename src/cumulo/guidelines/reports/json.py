"""For programs: everything, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from cumulo.guidelines.finding import Finding, Report, RuleInfo, Severity


def render(report: Report) -> str:
    """Write a report as JSON: ``findings``, ``accepted``, ``rules``, ``checked`` and ``counts``.

    What stands in the baseline is counted only.
    """
    data = {
        "checked": report.checked,
        "counts": {severity.word: report.count(severity) for severity in Severity},
        "baselined": len(report.baselined),
        "findings": [_finding(finding) for finding in report.findings],
        "accepted": [{**_finding(each.finding), "reason": each.reason} for each in report.accepted],
        "rules": {rule: _rule(info) for rule, info in report.rules.items()},
    }
    return json.dumps(data, indent=2)


def _rule(info: RuleInfo) -> dict[str, str]:
    return {"title": info.title, "why": info.why, "fix": info.fix, "documentation": info.documentation}


def _finding(finding: Finding) -> dict[str, Any]:
    fields = {**asdict(replace(finding, edits=())), "severity": finding.severity.word}
    # What they do is said in words: `--fix` carries them out.
    fields["fixable"] = bool(finding.edits)
    del fields["edits"]
    return fields
