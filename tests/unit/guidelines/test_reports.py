"""Each report format, over findings that try to break it."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.guidelines.finding import Accepted, Finding, Report, RuleInfo, Severity
from cumulo.guidelines.reports import github, junit, pretty, sarif
from cumulo.guidelines.reports import json as json_report

NASTY = "a,b:c%0A\n::error::x\x1b[31m<&]]>\0"
FINDINGS = (
    Finding("FN001", Severity.WARNING, "api/Create", "no memory", "MemorySize: 512", "infra/api.py", 12),
    Finding("SEC001", Severity.ERROR, NASTY, NASTY, NASTY, NASTY, 1),
    Finding("CHK002", Severity.INFO, "pyproject.toml", "useless"),
)
ACCEPTED = (Accepted(Finding("FN004", Severity.INFO, "api/X", "x86"), "a native wheel"),)
RULES = {id_: RuleInfo(id_, "title", "why", "fix", Severity.ERROR) for id_ in ("FN001", "SEC001", "CHK002", "FN004")}
REPORT = Report(FINDINGS, ACCEPTED, RULES, ("api",))
EMPTY = Report(checked=("api", "data"))


def test_pretty_groups_by_file_and_counts():
    text = pretty.render(Report((FINDINGS[0], FINDINGS[2]), ACCEPTED, RULES, ("api",)))
    assert text.splitlines() == [
        "infra/api.py",
        "   12  warning  FN001   no memory (api/Create)",
        "                        fix: MemorySize: 512",
        "",
        "the project",
        "       info     CHK002  useless (pyproject.toml)",
        "",
        "1 warning, 1 info; 1 accepted",
    ]


def test_pretty_has_colours_only_when_asked_and_lets_no_control_character_through():
    assert "\x1b" not in pretty.render(REPORT)
    assert "\x1b[" in pretty.render(REPORT, colour=True)
    assert "\x1b[31m<" not in pretty.render(REPORT, colour=True)
    assert pretty.render(EMPTY) == "nothing found in api, data"


def test_json_has_everything():
    data = json.loads(json_report.render(REPORT))
    assert data["counts"] == {"info": 1, "warning": 1, "error": 1}
    assert data["findings"][0] == {
        "rule": "FN001",
        "severity": "warning",
        "subject": "api/Create",
        "message": "no memory",
        "fix": "MemorySize: 512",
        "file": "infra/api.py",
        "line": 12,
    }
    assert data["accepted"][0]["reason"] == "a native wheel"
    assert set(data["rules"]) == set(RULES)


def test_sarif_has_what_github_requires():
    """https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning"""
    log = json.loads(sarif.render(REPORT))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "cumulo"
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in driver["rules"])
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        assert len(result["partialFingerprints"]["cumulo/v1"]) == 64
    assert [result.get("suppressions", [{}])[0].get("justification") for result in run["results"]] == [
        None,
        None,
        None,
        "a native wheel",
    ]


def test_a_finding_that_moves_keeps_its_fingerprint():
    one, two = (
        json.loads(sarif.render(Report((Finding("FN001", Severity.ERROR, "s", "m", file="f", line=n),), (), RULES)))
        for n in (1, 9)
    )
    assert one["runs"][0]["results"][0]["partialFingerprints"] == two["runs"][0]["results"][0]["partialFingerprints"]


def test_junit_has_a_case_for_each_finding():
    suite = ElementTree.fromstring(junit.render(REPORT)).find("testsuite")
    assert suite is not None
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped")} == {
        "tests": "4",
        "failures": "2",
        "skipped": "1",
    }
    assert len(suite.findall("testcase/failure")) == 2
    assert suite.find("testcase/skipped").get("message") == "a native wheel"
    assert len(ElementTree.fromstring(junit.render(EMPTY)).findall("testsuite/testcase")) == 2


def test_github_commands_are_one_line_each_and_escaped():
    lines = github.render(REPORT).split("\n")
    assert lines[0] == "::warning file=infra/api.py,line=12,title=FN001::no memory (api/Create)%0Afix: MemorySize: 512"
    assert lines[1].startswith("::error file=a%2Cb%3Ac%250A%0A%3A%3Aerror%3A%3Ax")
    assert len(lines) == 3
    assert github.render(EMPTY) == ""


@given(st.text(), st.text(), st.text(), st.none() | st.text(min_size=1), st.none() | st.integers(1, 10**6))
def test_no_text_breaks_a_format(subject, message, fix, file, line):
    """Law: every format holds any text, and its reader finds one finding."""
    report = Report((Finding("FN001", Severity.ERROR, subject, message, fix, file, line),), (), RULES, ("x",))
    assert len(json.loads(json_report.render(report))["findings"]) == 1
    assert len(json.loads(sarif.render(report))["runs"][0]["results"]) == 1
    assert len(ElementTree.fromstring(junit.render(report)).findall("testsuite/testcase/failure")) == 1
    assert github.render(report).startswith("::error ")
    assert "\n" not in github.render(report)
    assert "\x1b" not in pretty.render(report)


@pytest.mark.parametrize("form", [pretty, json_report, sarif, junit, github])
def test_the_same_report_gives_the_same_text(form):
    assert form.render(REPORT) == form.render(REPORT)
