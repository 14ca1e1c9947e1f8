"""SARIF 2.1.0, as GitHub code scanning reads it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cumulo.guidelines.finding import Accepted, Finding, Report, RuleInfo, Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_HOME = "https://pypi.org/project/cumulo/"


def render(report: Report) -> str:
    """Write a report as SARIF; accepted findings are in it, as suppressed ones."""
    rules = list(report.rules)
    results = [_result(finding, rules) for finding in report.findings]
    results += [_suppressed(each, rules) for each in report.accepted]
    driver = {
        "name": "cumulo",
        "version": version("cumulo"),
        "informationUri": _HOME,
        "rules": [_rule(report.rules[rule]) for rule in rules],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(info: RuleInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "shortDescription": {"text": info.title},
        "fullDescription": {"text": info.why or info.title},
        "help": {"text": info.fix or info.why or info.title},
        "defaultConfiguration": {"level": _LEVELS[info.severity]},
    }


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    text = f"{finding.message} ({finding.subject})"
    fingerprint = "|".join((finding.rule, finding.subject, finding.message))
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{text}. Fix: {finding.fix}" if finding.fix else text},
        "locations": [_location(finding)],
        # Not the line: a finding that moves is still the same one.
        "partialFingerprints": {"cumulo/v1": hashlib.sha256(fingerprint.encode()).hexdigest()},
    }


def _suppressed(accepted: Accepted, rules: list[str]) -> dict[str, Any]:
    suppression = {"kind": "inSource", "status": "accepted", "justification": accepted.reason}
    return {**_result(accepted.finding, rules), "suppressions": [suppression]}


def _location(finding: Finding) -> dict[str, Any]:
    file = finding.file or "pyproject.toml"
    uri = Path(file).as_uri() if Path(file).is_absolute() else quote(Path(file).as_posix())
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": finding.line or 1}},
        "logicalLocations": [{"fullyQualifiedName": finding.subject}],
    }
