"""Accepted findings: with a reason, and for as long as they apply."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import UsageError
from cumulo.guidelines.acceptance import NO_REASON, UNKNOWN_RULE, USELESS, apply
from cumulo.guidelines.comments import in_comment, in_source, in_yaml
from cumulo.guidelines.config import Acceptance, CheckConfig, is_production, read_config
from cumulo.guidelines.finding import Finding, Severity


@pytest.mark.parametrize(
    ("comment", "read"),
    [
        ("# cumulo: accept SRC003 because it is small", (("SRC003",), "it is small")),
        ("#cumulo:accept src003, SRC004: both", (("SRC003", "SRC004"), "both")),
        ("# noqa: S1  # cumulo: accept SRC003 — because of X", (("SRC003",), "because of X")),
        ("# cumulo: accept SRC003", (("SRC003",), "")),
        ("# cumulo: accept SRC003 because", (("SRC003",), "")),
        ("# cumulo: accept", ((), "")),
        ("# cumulo: accept E3012 because of a defect in cfn-lint", (("E3012",), "of a defect in cfn-lint")),
        ("# we accept SRC003 because", None),
        ("# cumulo: acceptance", None),
    ],
)
def test_comments(comment, read):
    assert in_comment(comment) == read


ids = st.from_regex(r"[A-Z]{2,4}[0-9]{3}", fullmatch=True)
reasons = st.text(st.characters(categories=["L", "N"]), min_size=1).map(str.strip).filter(bool)


@given(
    st.lists(ids, min_size=1, max_size=4),
    reasons,
    st.sampled_from([" because ", ": ", " - "]),
    st.sampled_from([", ", " ", ","]),
)
def test_what_is_written_is_what_is_read(rules, reason, by, between):
    """Law: rules and reason come back as they were written."""
    assert in_comment(f"# cumulo: accept {between.join(rules)}{by}{reason}") == (tuple(rules), reason)


@given(st.text(max_size=60))
def test_no_comment_does_more_than_be_read_or_not(text):
    for start in ("# ", "# cumulo: accept "):
        found = in_comment(start + text)
        assert found is None or all(rule.isalnum() for rule in found[0])


@given(st.text(max_size=80))
def test_no_source_fails(text):
    list(in_source("x.py", "# cumulo: accept SRC001 because x\n" + text))


SOURCE = textwrap.dedent('''\
    """# cumulo: accept SRC001 because this is no comment"""

    @decorated
    def whole():  # cumulo: accept SRC001 because of the whole function
        one()
        two()

    def part():
        one(
            1,  # cumulo: accept SRC002 because of the whole statement
            2,
        )
        # cumulo: accept SRC003 because it is above

        two()
        if three():  # cumulo: accept SRC004 because of the head alone
            four()
''')


def test_a_comment_covers_its_statement_or_its_function():
    covered = {each.rule: each.lines for each in in_source("x.py", SOURCE)}
    assert covered == {
        "SRC001": range(3, 7),
        "SRC002": range(9, 13),
        "SRC003": range(15, 16),
        "SRC004": range(16, 17),
    }


YAML = """\
# cumulo: accept S3001 because this is above a section
Resources:  # cumulo: accept S3002 because this is a section
  Bucket:  # cumulo: accept S3003 because of the whole bucket
    Type: AWS::S3::Bucket
    Properties:
      Name: "# cumulo: accept S3004 because this is text"

      # cumulo: accept S3005 because it is above
      # another line
      Rules:
      - A: 1
        B: 2  # cumulo: accept S3006, S3007 because of the line
      - C: 3
  Code: |
    # cumulo: accept S3008 because this is text, too
  Last: {A: b}  # cumulo: accept *
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_comment_in_a_template_covers_its_block(newline):
    covered = {each.rule: (each.lines, each.reason) for each in in_yaml("t.yaml", YAML.replace("\n", newline))}
    assert covered == {
        "S3001": (range(2, 3), "this is above a section"),
        "S3002": (range(2, 3), "this is a section"),
        "S3003": (range(3, 14), "of the whole bucket"),
        "S3005": (range(10, 14), "it is above"),
        "S3006": (range(12, 13), "of the line"),
        "S3007": (range(12, 13), "of the line"),
        "": (range(16, 17), ""),
    }


def test_a_comment_beside_a_resources_type_covers_the_resource():
    text = (
        "Resources:\n  # what\n  B:\n\n    Type: AWS::S3::Bucket  # cumulo: accept S3001 because x\n"
        "    Properties:\n      A: 1\n  C: 1"
    )
    (only,) = in_yaml("t.yaml", text)
    assert only.lines == range(3, 8)
    (other,) = in_yaml("t.yaml", text.replace("AWS::S3::Bucket", "String"))
    assert other.lines == range(5, 6)


@given(st.text(st.sampled_from("a:- \n\t#|'\"{}[]&*!"), max_size=60))
def test_no_template_fails(text):
    list(in_yaml("t.yaml", text + "\n# cumulo: accept S3001 because x\n" + text))


def finding(rule="FN001", subject="api/Create", file=None, line=None):
    return Finding(rule, Severity.WARNING, subject, "message", file=file, line=line)


def accept(rule="FN001", subject="*", reason="measured", **more):
    return Acceptance(rule, subject, reason, "the test", **more)


def judge(findings, acceptances, judged=lambda _: True):
    remaining, accepted = apply(findings, acceptances, known={"FN001", "SRC003"}, judged=judged)
    return [each.rule for each in remaining], [(each.finding.rule, each.reason) for each in accepted]


def test_a_reason_accepts_and_its_absence_does_not():
    assert judge([finding()], [accept()]) == ([], [("FN001", "measured")])
    assert judge([finding()], [accept(reason="")]) == (["FN001", NO_REASON], [])


def test_an_acceptance_of_nothing_is_found_when_its_rule_was_judged():
    assert judge([], [accept()]) == ([USELESS], [])
    assert judge([], [accept()], judged=lambda _: False) == ([], [])
    assert judge([], [accept(reason="")]) == ([NO_REASON], [])


def test_a_rule_that_does_not_exist_is_found_with_those_that_are_meant():
    assert judge([], [accept("SRC0003")], judged=lambda _: False) == ([UNKNOWN_RULE], [])
    for rule, fix in (("SRC0003", "did you mean SRC003?"), ("", "name each rule by its id"), ("XYZ", "name each")):
        (found,), _ = apply([], [accept(rule)], known={"FN001", "SRC003"}, judged=lambda _: True)
        assert found.fix.startswith(fix)
        assert found.severity is Severity.WARNING


def test_subjects_are_globs_and_comments_know_their_lines():
    assert judge([finding(subject="api/Create")], [accept(subject="api/*")])[1]
    assert judge([finding(subject="api/Create")], [accept(subject="data/*")])[0] == ["FN001", USELESS]
    here = accept(file="x.py", lines=range(3, 5))
    assert judge([finding(file="x.py", line=4)], [here])[1]
    assert judge([finding(file="y.py", line=4)], [here])[0] == ["FN001", USELESS]
    assert judge([finding(file="x.py", line=5)], [here])[0] == ["FN001", USELESS]


def test_the_settings_of_a_project(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.cumulo.stages.prod]\nproduction = true\n[tool.cumulo.check.rules.SQS001]\nmost = 5\n"
        '[[tool.cumulo.check.accept]]\nrule = "FN001"\nreason = "x"\n'
    )
    config = read_config(tmp_path)
    assert config.settings == {"SQS001": {"most": 5}}
    assert [(each.rule, each.subject, each.reason) for each in config.accepted] == [("FN001", "*", "x")]
    assert is_production(tmp_path, "prod")
    assert not is_production(tmp_path, "dev")
    assert read_config(tmp_path / "nowhere") == CheckConfig()


@pytest.mark.parametrize(
    "text",
    [
        "[tool.cumulo]\ncheck = 1",
        "[tool.cumulo.check]\ndisable = ['FN001']",
        "[tool.cumulo.check]\nrules = 1",
        "[tool.cumulo.check.rules]\nFN001 = 1",
        "[tool.cumulo.check]\naccept = {}",
        "[[tool.cumulo.check.accept]]\nreason = 'x'",
        "[[tool.cumulo.check.accept]]\nrule = 'FN001'\nsubjects = 'x'",
        "[[tool.cumulo.check.accept]]\nrule = 'SRC*'\nreason = 'x'",
        "[[tool.cumulo.check.accept]]\nrule = '*'\nreason = 'x'",
        "[tool.cumulo.check]\nbaseline = 1",
        "[tool.cumulo.check]\nbaseline = ''",
        "not toml",
    ],
)
def test_settings_of_another_form_are_wrong_usage(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        read_config(tmp_path)


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\ncumulo = 1", ""])
def test_settings_of_others_are_none_of_ours(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    assert read_config(tmp_path) == CheckConfig()
