"""Each report format, over findings that try to break it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.guidelines.edits import Put
from cumulo.guidelines.finding import Accepted, Finding, Report, RuleInfo, Severity
from cumulo.guidelines.reports import github, junit, pretty, sarif
from cumulo.guidelines.reports import json as json_report
from cumulo.guidelines.reports.repository import from_repository

NASTY = "a,b:c%0A\n::error::x\x1b[31m<&]]>\0"
FINDINGS = (
    Finding("FN001", Severity.WARNING, "api/Create", "no memory", "MemorySize: 512", "infra/api.py", 12),
    Finding("SEC001", Severity.ERROR, NASTY, NASTY, NASTY, NASTY, 1),
    Finding("CHK002", Severity.INFO, "pyproject.toml", "useless"),
)
ACCEPTED = (Accepted(Finding("FN004", Severity.INFO, "api/X", "x86"), "a native wheel"),)
PAGE = "https://docs.aws.amazon.com/x.html"
RULES = {
    id_: RuleInfo(id_, "title", f"why {id_}", "fix", Severity.ERROR, PAGE)
    for id_ in ("FN001", "SEC001", "CHK002", "FN004")
}
SCHEMA = json.loads((Path(__file__).parent / "sarif/sarif-schema-2.1.0.json").read_text())
VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
REPORT = Report(FINDINGS, ACCEPTED, RULES, ("api",))
EMPTY = Report(checked=("api", "data"))


def test_pretty_groups_by_file_and_says_each_thing_once():
    code = "Queue:\n  VisibilityTimeout: 180"
    more = [
        Finding("FN001", Severity.WARNING, f"api/{n}", "no memory", "MemorySize: 512", "infra/api.py", n)
        for n in (12, 13)
    ]
    last = Finding("FN001", Severity.ERROR, "api/X", "no memory", code, "z.yaml", 1)
    report = Report((*more, FINDINGS[2], last), ACCEPTED, RULES, ("api",), baselined=(more[0],))
    assert pretty.render(report).splitlines() == [
        "infra/api.py",
        "   12  warning  FN001    no memory (api/12)",
        "                why: why FN001",
        "                fix: MemorySize: 512",
        "   13  warning  FN001    no memory (api/13)",
        "",
        "the project",
        "       info     CHK002   useless (pyproject.toml)",
        "                why: why CHK002",
        "",
        "z.yaml",
        "    1  error    FN001    no memory (api/X)",
        "                fix: Queue:",
        "                       VisibilityTimeout: 180",
        "",
        "1 error, 2 warnings, 1 info; 1 accepted; 1 in the baseline",
        "hint: cumulo explain FN001",
    ]


def test_pretty_says_once_what_one_line_does_to_several():
    found = [replace(FINDINGS[0], subject=f"shop/{name}") for name in ("A", "B", "C", "D", "E")]
    lines = pretty.render(Report(tuple(found), (), RULES)).splitlines()
    assert lines[1].endswith("(shop/A, shop/B, shop/C and 2 more)")
    assert [line for line in lines if "5 warnings" in line]
    assert len(lines) == 7


def test_pretty_says_what_can_be_mended():
    mendable = [
        replace(FINDINGS[0], edits=(Put(file, ("Resources", "A"), 1),))
        for file in ("t.yaml", "cdk.out/t.template.json")
    ]
    text = pretty.render(Report(tuple(mendable), (), RULES))
    assert text.endswith("\nhint: cumulo check --fix mends 1 of them")


def test_two_hundred_findings_stay_readable():
    many = [Finding("FN001", Severity.WARNING, f"api/{n}", "no memory", "M: 1", "api.py", n + 1) for n in range(200)]
    assert len(pretty.render(Report(tuple(many), (), RULES)).splitlines()) == 206
    huge = Finding("FN001", Severity.WARNING, "s" * 10**6, "m" * 10**6, "f\n" * 10**6, "api.py", 1)
    for form in (pretty, sarif, junit, github):
        assert len(form.render(Report((huge,), (), RULES))) < 30_000


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
        "fixable": False,
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
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert "cumulo explain" in rule["help"]["markdown"]
        assert rule["helpUri"] == PAGE
        assert rule["defaultConfiguration"]["level"] == "error"
        assert ("security-severity" in rule["properties"]) is (rule["id"] == "SEC001")
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert location["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert not location["physicalLocation"]["artifactLocation"]["uri"].startswith("/")
        assert len(result["partialFingerprints"]["cumulo/v1"]) == 64
    assert len({result["partialFingerprints"]["cumulo/v1"] for result in run["results"]}) == len(run["results"])


def test_sarif_leaves_out_what_github_would_open_alerts_for():
    """https://github.com/github/codeql-action/issues/1230: it does not know ``suppressions``."""
    run = json.loads(sarif.render(replace(REPORT, baselined=(FINDINGS[0],))))["runs"][0]
    assert [result["ruleId"] for result in run["results"]] == ["FN001", "SEC001", "CHK002"]
    assert run["properties"] == {"accepted": 1, "baselined": 1}


def test_sarif_keeps_within_githubs_limits(monkeypatch):
    """https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit"""
    info = [Finding("FN001", Severity.INFO, f"s{n}", "m") for n in range(25_000)]
    run = json.loads(sarif.render(Report((*info, FINDINGS[1]), (), RULES)))["runs"][0]
    assert len(run["results"]) == 25_000
    assert run["results"][0]["ruleId"] == "SEC001"


def test_two_findings_that_say_the_same_have_fingerprints_of_their_own():
    twice = [Finding("FN001", Severity.ERROR, "s", "m", file="f", line=n) for n in (1, 2)]
    results = json.loads(sarif.render(Report(tuple(twice), (), RULES)))["runs"][0]["results"]
    assert len({result["partialFingerprints"]["cumulo/v1"] for result in results}) == 2


def test_files_are_named_from_the_top_of_the_repository(tmp_path, monkeypatch):
    project = tmp_path / "services/items"
    project.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (project / "app.py").touch()
    (tmp_path / "t.yaml").touch()
    monkeypatch.chdir(tmp_path)
    names = ("app.py", "t.yaml", "gone.py", None, "\0", "x" * 5000)
    findings = tuple(Finding("FN001", Severity.ERROR, "s", "m", file=name) for name in names)
    moved = from_repository(Report(findings, (Accepted(findings[0], "x"),), baselined=findings[:1]), project)
    assert [each.file for each in moved.findings] == ["services/items/app.py", *names[1:]]
    assert moved.accepted[0].finding.file == moved.baselined[0].file == "services/items/app.py"


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


def test_cases_have_names_of_their_own():
    """GitLab shows only the first of several with one name: https://docs.gitlab.com/ci/testing/unit_test_reports/."""
    first = REPORT.findings[0]
    report = replace(REPORT, findings=(first, replace(first, line=77), replace(first, line=78)), accepted=())
    cases = ElementTree.fromstring(junit.render(report)).findall("testsuite/testcase")
    names = [case.get("name") for case in cases]
    assert names[1:] == [f"{names[0]} #2", f"{names[0]} #3"]


def test_github_commands_are_one_line_each_and_escaped():
    lines = github.render(REPORT).split("\n")
    assert lines[1] == "::warning file=infra/api.py,line=12,title=FN001::no memory (api/Create)%0Afix: MemorySize: 512"
    assert lines[0].startswith("::error file=a%2Cb%3Ac%250A%0A%3A%3Aerror%3A%3Ax")
    assert len(lines) == 3
    assert github.render(EMPTY) == ""


# Halves of surrogate pairs, too: JSON may hold them.
texts = st.text(st.characters())


@given(texts, texts, texts, st.none() | st.text(st.characters(), min_size=1), st.none() | st.integers(1, 10**6))
def test_no_text_breaks_a_format(subject, message, fix, file, line):
    """Law: every format holds any text, and its reader finds one finding."""
    report = Report((Finding("FN001", Severity.ERROR, subject, message, fix, file, line),), (), RULES, ("x",))
    assert len(json.loads(json_report.render(report))["findings"]) == 1
    log = json.loads(sarif.render(report))
    VALIDATOR.validate(log)
    assert len(log["runs"][0]["results"]) == 1
    assert len(ElementTree.fromstring(junit.render(report)).findall("testsuite/testcase/failure")) == 1
    assert github.render(report).startswith("::error ")
    assert "\n" not in github.render(report)
    assert "\x1b" not in pretty.render(report)
    for form in (pretty, json_report, sarif, junit, github):
        assert form.render(report).encode()


@pytest.mark.parametrize("form", [pretty, json_report, sarif, junit, github])
def test_the_same_report_gives_the_same_text(form):
    assert form.render(REPORT) == form.render(REPORT)
