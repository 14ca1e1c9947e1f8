"""SARIF 2.1.0, as GitHub code scanning reads it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning

What was accepted, or stands in the baseline, is left out: GitHub knows nothing of SARIF's ``suppressions`` and opens an
alert for each such result (https://github.com/github/codeql-action/issues/1230).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cumulo.guidelines.finding import Finding, Report, RuleInfo, Severity
from cumulo.guidelines.reports.texts import shortened

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_HOME = "https://pypi.org/project/cumulo/"
_MOST_RESULTS = 25_000  # in one run; GitHub refuses more
_LONGEST = 1024  # characters of a description
_ROOT = "%SRCROOT%"

# Findings that GitHub shows as security alerts, and how grave they are: it calls 7.0 and above high, 4.0 medium.
_SECURITY = (
    "API001", "API002", "API003", "API010", "API011", "AUTH", "EML001", "IAM", "NET001", "S3001", "S3005", "S3006",
    "SEC", "SRC008", "SRC015", "WS001", "WS003",
)  # fmt: skip
_GRAVITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.INFO: "2.0"}


def render(report: Report) -> str:
    """Write a report as SARIF."""
    findings = report.findings
    if len(findings) > _MOST_RESULTS:
        findings = tuple(sorted(findings, key=lambda finding: -finding.severity)[:_MOST_RESULTS])
    numbers = {rule: number for number, rule in enumerate(sorted({finding.rule for finding in findings}))}
    driver = {
        "name": "cumulo",
        "version": version("cumulo"),
        "informationUri": _HOME,
        "rules": [_rule(report.rules[rule]) for rule in numbers],
    }
    same: Counter[str] = Counter()
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, numbers, same) for finding in findings],
        "properties": {"accepted": len(report.accepted), "baselined": len(report.baselined)},
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(info: RuleInfo) -> dict[str, Any]:
    security = info.id.startswith(_SECURITY)
    page = {"helpUri": info.documentation} if info.documentation else {}
    properties: dict[str, Any] = {"tags": ["security", "aws"] if security else ["aws"]}
    if security:
        properties["security-severity"] = _GRAVITY[info.severity]
    return {
        "id": info.id,
        "name": info.id,
        "shortDescription": {"text": shortened(info.title or info.id, _LONGEST)},
        "fullDescription": {"text": shortened(info.why or info.title or info.id, _LONGEST)},
        "help": {"text": info.fix or info.why or info.title or info.id, "markdown": _markdown(info)},
        "defaultConfiguration": {"level": _LEVELS[info.severity]},
        "properties": properties,
        **page,
    }


def _markdown(info: RuleInfo) -> str:
    fix = f"\n\n```\n{info.fix.replace('```', '')}\n```" if info.fix else ""
    page = f"\n\n[Documentation]({info.documentation})" if info.documentation else ""
    return f"**{info.title or info.id}**: {info.why or 'see cfn-lint'}{fix}{page}\n\n`cumulo explain {info.id}`"


def _result(finding: Finding, numbers: dict[str, int], same: Counter[str]) -> dict[str, Any]:
    text = shortened(f"{finding.message} ({finding.subject})")
    fingerprint = "|".join((finding.rule, finding.subject, finding.message))
    same[fingerprint] += 1
    # Not the line: a finding that moves is still the same one. Several that say the same are counted.
    fingerprint += f"|{same[fingerprint]}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": shortened(f"{text}. Fix: {finding.fix}") if finding.fix else text},
        "locations": [_location(finding)],
        "partialFingerprints": {"cumulo/v1": hashlib.sha256(fingerprint.encode(errors="replace")).hexdigest()},
    }


def _location(finding: Finding) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(Path(finding.file or "pyproject.toml")),
            "region": {"startLine": max(finding.line or 1, 1)},
        },
        "logicalLocations": [{"fullyQualifiedName": shortened(finding.subject, _LONGEST)}],
    }


def _artifact(path: Path) -> dict[str, str]:
    uri = quote(path.as_posix().encode(errors="replace"))
    return {"uri": f"file://{uri}"} if path.is_absolute() else {"uri": uri, "uriBaseId": _ROOT}
