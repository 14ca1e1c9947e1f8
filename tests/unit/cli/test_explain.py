"""``cumulo explain`` as a person runs it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cumulo.cli.explain import command
from cumulo.errors import UsageError


def run(*arguments):
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def test_a_rule_is_explained():
    out = run("sqs001").stdout
    for part in (
        "SQS001: ",
        "AWS::SQS::Queue",
        "poison messages block or vanish",
        "RedrivePolicy:",
        "[tool.cumulo.check.rules.SQS001]",
        "most = 10",
        "# cumulo: accept SQS001 because …",
        'accept={"SQS001": "…"}',
        "https://docs.aws.amazon.com/",
    ):
        assert part in out
    assert "\x1b" not in out


def test_the_fix_is_told_in_the_words_of_the_cdk_too():
    assert "Instead, with the CDK\n  enforce_ssl=True\n" in run("S3006").stdout


def test_without_a_rule_all_are_listed():
    out = run().stdout
    for rule in ("FN001", "S3004", "SRC003", "CHK001"):
        assert f"  {rule}" in out
    assert "SQS queues\n" in out


def test_json():
    about = json.loads(run("SQS001", "--json").stdout)
    assert about["settings"] == {"least": 3, "most": 10}
    assert {each["id"] for each in json.loads(run("--json").stdout)} >= {"SQS001", "CHK009"}


def test_an_unknown_rule_is_wrong_usage():
    problem = run("SQS0001").exception
    assert isinstance(problem, UsageError)
    assert "SQS001" in str(problem)


@pytest.mark.parametrize("rule", ["CHK003", "SRC003"])
def test_each_kind_has_only_what_it_can_have(rule):
    out = run(rule).stdout
    assert ("To accept it" in out) is (rule == "SRC003")
    assert "Metadata" not in out
