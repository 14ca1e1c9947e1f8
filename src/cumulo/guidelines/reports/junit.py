"""JUnit XML, as CI servers show it: a test suite for each thing that was checked, a failure for each finding."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

from cumulo.guidelines.finding import Finding, Report, Severity
from cumulo.guidelines.reports.texts import shortened

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """Write a report as JUnit XML; accepted findings are skipped tests, with the reason."""
    root = ElementTree.Element("testsuites")
    cases = len(report.findings) + len(report.accepted)
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name="cumulo check",
        tests=str(cases or len(report.checked)),
        failures=str(sum(finding.severity is not Severity.INFO for finding in report.findings)),
        skipped=str(len(report.accepted)),
        errors="0",
    )
    same: Counter[str] = Counter()
    for finding in report.findings:
        case = _case(suite, finding, same)
        text = f"{_place(finding)}\n{finding.message}\n{finding.fix}".strip()
        if finding.severity is Severity.INFO:
            ElementTree.SubElement(case, "system-out").text = _clean(text)
        else:
            ElementTree.SubElement(
                case, "failure", type=finding.severity.word, message=_clean(finding.message)
            ).text = _clean(text)
    for accepted in report.accepted:
        ElementTree.SubElement(_case(suite, accepted.finding, same), "skipped", message=_clean(accepted.reason))
    if not cases:
        for name in report.checked:
            ElementTree.SubElement(suite, "testcase", name=_clean(name), classname="cumulo check")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False)


def _case(suite: ElementTree.Element, finding: Finding, same: Counter[str]) -> ElementTree.Element:
    name = f"{finding.rule} {finding.subject}"
    same[name] += 1
    if same[name] > 1:
        # GitLab shows only the first of several cases with one name:
        # https://docs.gitlab.com/ci/testing/unit_test_reports/
        name = f"{name} #{same[name]}"
    case = ElementTree.SubElement(suite, "testcase", name=_clean(name), classname=finding.rule)
    if finding.file:
        case.set("file", _clean(finding.file))
    if finding.line:
        case.set("line", str(finding.line))
    return case


def _place(finding: Finding) -> str:
    return ":".join(str(part) for part in (finding.file, finding.line) if part)


def _clean(text: str) -> str:
    """Drop what XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", shortened(text))
