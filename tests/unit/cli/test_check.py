"""``cumulo check`` as a person or a CI job runs it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cumulo.cli.check import command
from cumulo.errors import UsageError

WARNS = "Resources:\n  A: {Type: AWS::Lambda::Function, Properties: {Timeout: 5}}\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUMULO_STAGE", raising=False)

    def runner(*arguments):
        return CliRunner().invoke(command, [*arguments, "--no-cfn-lint"], standalone_mode=False)

    return runner


def test_exit_codes_follow_fail_on(run, tmp_path):
    (tmp_path / "t.yaml").write_text(WARNS)
    assert run("t.yaml").return_value == 0
    assert run("t.yaml", "--fail-on", "warning").return_value == 1
    assert run("t.yaml", "--fail-on", "info").return_value == 1
    (tmp_path / "good.yaml").write_text("Resources: {}\n")
    result = run("good.yaml", "--fail-on", "info")
    assert (result.return_value, result.stdout) == (0, "nothing found in good\n")


def test_what_cannot_be_read_is_one_line_and_the_rest_is_judged(run, tmp_path):
    (tmp_path / "t.yaml").write_text(WARNS)
    (tmp_path / "no.yaml").write_text("a: [")
    result = run("t.yaml", "no.yaml", "gone.yaml", "--format", "json")
    assert result.return_value == 1
    found = {(each["rule"], each["file"]) for each in json.loads(result.stdout)["findings"]}
    assert found == {("CHK003", "no.yaml"), ("CHK003", "gone.yaml"), ("FN001", "t.yaml"), ("FN008", "t.yaml")}


def test_two_when_nothing_could_be_judged(run):
    assert run("gone.yaml").return_value == 2


def test_two_when_there_is_no_project(run):
    result = run()
    assert isinstance(result.exception, UsageError)
    assert "there is no project here: no pyproject.toml with [tool.cumulo]" in str(result.exception)


def test_a_report_goes_to_a_file_and_says_so_on_stderr(run, tmp_path):
    (tmp_path / "t.yaml").write_text(WARNS)
    result = run("t.yaml", "--format", "sarif", "--output", "report.sarif")
    assert result.stdout == ""
    assert "wrote report.sarif" in result.stderr
    assert json.loads((tmp_path / "report.sarif").read_text())["version"] == "2.1.0"
    assert isinstance(run("t.yaml", "--output", "no/such/folder").exception, UsageError)


def test_the_stage_decides_what_production_asks_for(run, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo.stages.prod]\nproduction = true\n")
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  T: {Type: AWS::DynamoDB::Table, Properties: {BillingMode: PAY_PER_REQUEST}}\n"
    )
    assert "DDB002" not in run("t.yaml").stdout
    assert "DDB002" in run("t.yaml", "--stage", "prod").stdout


def test_a_project_accepts_in_its_pyproject(run, tmp_path):
    (tmp_path / "t.yaml").write_text(WARNS)
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.cumulo.check.accept]]\nrule = "FN001"\nsubject = "t/A"\nreason = "x"\n'
        '[[tool.cumulo.check.accept]]\nrule = "FN008"\nreason = "x"\n'
    )
    result = run("t.yaml", "--fail-on", "info")
    assert (result.return_value, result.stdout) == (0, "nothing found in t; 2 accepted\n")
