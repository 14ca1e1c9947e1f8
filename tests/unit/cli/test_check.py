"""``cumulo check`` as a person or a CI job runs it."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from click.testing import CliRunner

from cumulo.cli.check import command
from cumulo.errors import UsageError
from cumulo.guidelines import forking

WARNS = "Resources:\n  A: {Type: AWS::Lambda::Function, Properties: {Architectures: [arm64], Timeout: 5}}\n"


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


QUEUE = "Resources:\n  Q: {Type: AWS::SQS::Queue}  # mine\n"


def test_fix_shows_what_it_would_do_and_changes_nothing_when_nobody_can_be_asked(run, tmp_path):
    (tmp_path / "t.yaml").write_text(QUEUE)
    result = run("t.yaml", "--fix", "--format", "json")
    assert (tmp_path / "t.yaml").read_text() == QUEUE
    assert "\n-  Q: {Type: AWS::SQS::Queue}  # mine\n" in result.stderr
    assert "ReceiveMessageWaitTimeSeconds: 20" in result.stderr
    assert "--fix --yes" in result.stderr
    assert "SQS003" in {each["rule"] for each in json.loads(result.stdout)["findings"]}


def test_fix_mends_and_shows_what_remains(run, tmp_path):
    (tmp_path / "t.yaml").write_text(QUEUE + "  F: {Type: AWS::Lambda::Function, Properties: {Timeout: 5}}\n")
    result = run("t.yaml", "--fix", "--yes")
    text = (tmp_path / "t.yaml").read_text()
    assert "ReceiveMessageWaitTimeSeconds: 20" in text
    assert "}}  # mine\n" in text
    assert "SQS003" not in result.stdout
    assert "FN001" in result.stdout
    assert "mended" in result.stderr
    again = run("t.yaml", "--fix", "--yes")
    assert "nothing that can be mended" in again.stderr
    assert (tmp_path / "t.yaml").read_text() == text


def test_a_baseline_is_written_and_then_only_new_findings_count(run, tmp_path):
    (tmp_path / "t.yaml").write_text(WARNS)
    result = run("t.yaml", "--write-baseline")
    assert result.return_value == 0
    assert "from now on only new ones count" in result.stderr
    result = run("t.yaml", "--fail-on", "info")
    assert result.return_value == 0
    assert result.stdout.startswith("nothing found in t; ")
    assert result.stdout.endswith(" in the baseline\n")
    assert run("t.yaml", "--fail-on", "info", "--no-baseline").return_value == 1
    (tmp_path / "t.yaml").write_text("\n\n" + WARNS + QUEUE.partition("\n")[2])
    result = run("t.yaml", "--format", "json", "--fail-on", "info")
    assert result.return_value == 1
    found = json.loads(result.stdout)
    assert {each["subject"] for each in found["findings"]} == {"t/Q"}
    assert found["baselined"] >= 2
    (tmp_path / "t.yaml").write_text("Resources: {}\n")
    assert "not found any more" in run("t.yaml").stdout
    run("t.yaml", "--write-baseline")
    assert run("t.yaml").stdout == "nothing found in t\n"


def test_the_baseline_of_the_options_and_of_the_settings(run, tmp_path):
    (tmp_path / "t.yaml").write_text(WARNS)
    run("t.yaml", "--write-baseline", "old.json")
    assert run("t.yaml", "--fail-on", "info").return_value == 1
    assert run("t.yaml", "--fail-on", "info", "--baseline", "old.json").return_value == 0
    (tmp_path / "pyproject.toml").write_text('[tool.cumulo.check]\nbaseline = "old.json"\n')
    assert run("t.yaml", "--fail-on", "info").return_value == 0
    (tmp_path / "old.json").unlink()
    assert "no such baseline" in str(run("t.yaml").exception)
    run("t.yaml", "--write-baseline")
    assert (tmp_path / "old.json").is_file()


def test_a_template_is_never_taken_for_a_baseline(run, tmp_path):
    for name in ("t.yaml", "t.json"):
        (tmp_path / name).write_text('{"Resources": {}}')
        (tmp_path / "u.yaml").write_text(WARNS)
        assert isinstance(run("u.yaml", "--write-baseline", name).exception, UsageError)
        assert isinstance(run("u.yaml", "--baseline", name).exception, UsageError)
        assert (tmp_path / name).read_text() == '{"Resources": {}}'


def test_a_comment_in_a_template_accepts(run, tmp_path):
    accepted = WARNS.replace("}}\n", "}}  # cumulo: accept FN001, FN0008 because measured\n")
    (tmp_path / "t.yaml").write_text(accepted)
    result = run("t.yaml", "--format", "json")
    found = json.loads(result.stdout)
    assert [(each["rule"], each["reason"]) for each in found["accepted"]] == [("FN001", "measured")]
    (unknown,) = [each for each in found["findings"] if each["rule"] == "CHK008"]
    assert (unknown["file"], unknown["line"]) == ("t.yaml", 2)
    assert "FN008" in unknown["fix"]


def test_sarif_names_files_from_the_top_of_the_repository(run, tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "services/items"
    folder.mkdir(parents=True)
    (folder / "t.yaml").write_text(WARNS)
    monkeypatch.chdir(folder)
    results = json.loads(run("t.yaml", "--format", "sarif").stdout)["runs"][0]["results"]
    places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results}
    assert places == {"services/items/t.yaml"}
    assert "::warning file=services/items/t.yaml," in run("t.yaml", "--format", "github").stdout


def test_a_folder_its_source_and_its_parameters(run, tmp_path):
    (tmp_path / "stacks/src").mkdir(parents=True)
    (tmp_path / "stacks/src/app.py").write_text("def handler(event, context):\n    print(event)\n")
    (tmp_path / "stacks/t.yaml").write_text(
        "Parameters: {Python: {Type: String}}\nResources:\n  A:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        "      {Code: {S3Bucket: b, S3Key: k}, Handler: app.handler, Runtime: !Ref Python}\n"
    )
    assert "FN005" not in run("stacks").stdout
    assert "SRC004" not in run("stacks").stdout
    assert "SRC004" in run("stacks", "--source", "stacks/src").stdout
    assert "FN005" in run("stacks", "--parameter", "Python=python3.8").stdout
    assert isinstance(run("stacks", "--parameter", "Python").exception, UsageError)
    assert isinstance(run("stacks", "--parameter", "Nothing=1").exception, UsageError)


def test_a_folder_without_templates_could_not_be_judged(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run("empty").return_value == 2


def test_an_app_that_cannot_be_synthesised_was_not_judged(run, project):
    (project / "app.py").write_text("def broken(:")
    result = run()
    assert isinstance(result.exception, UsageError)
    assert "app.py" in str(result.exception)


SYSTEM = """
from cumulo import App, Function, Stack, minutes


def app(stage):
    app = App("shop", stage)
    stack = Stack(app, "api")
    Function(stack, "one", handler="one.run", memory=128, timeout=minutes(1))
    Function(stack, "two", handler="two.run", memory=128, timeout=minutes(1))
    Function(stack, "three", handler="three.run", memory=128, timeout=minutes(1))
    Function(stack, "four", handler="two.walk", memory=128, timeout=minutes(1))
    Function(stack, "five", handler="five.run", memory=128, timeout=minutes(1))
    return app
"""


def test_what_an_app_prints_is_shown_once(run, project, monkeypatch):
    monkeypatch.setattr(forking, "processors", lambda: 2)
    app = project / "app.py"
    app.write_text(f"import sys\nprint('declared')\nprint('careful', file=sys.stderr)\n{app.read_text()}")
    result = run()
    assert (result.stdout.count("declared"), result.stderr.count("careful")) == (1, 1)
    app.write_text(f"{app.read_text()}\n1 / 0\n")
    assert run().stdout.count("declared") == 1


def test_an_app_that_ends_the_process_was_not_judged(run, project, monkeypatch):
    monkeypatch.setattr(forking, "processors", lambda: 2)
    (project / "app.py").write_text("import os\nos._exit(0)\n")
    assert "ended the process" in str(run().exception)


def test_handlers_that_cannot_be_judged_are_findings_and_the_rest_is_judged(run, project):
    (project / "app.py").write_text(SYSTEM)
    (project / "one.py").write_text("def other(): ...\ndef run(:\n")
    (project / "two.py").write_text("def run(event, context):\n    print(event)\n")
    os.mkfifo(project / "five.py")
    result = run("--format", "json")
    assert result.return_value == 1
    found = json.loads(result.stdout)["findings"]
    assert [(each["file"], each["line"], each["message"]) for each in found if each["rule"] == "CHK003"] == [
        ("app.py", 10, "handler 'three.run': there is no module 'three'"),
        ("app.py", 11, "handler 'two.walk': module 'two' has no function 'walk'"),
        ("five.py", None, "is no regular file"),
        ("one.py", 2, "is not valid Python: invalid syntax"),
    ]
    assert ("two.py", 2) in {(each["file"], each["line"]) for each in found if each["rule"] == "SRC004"}
    assert json.loads(run("--format", "sarif").stdout)["version"] == "2.1.0"


def test_parameters_are_for_templates(run, project):
    assert "none is named" in str(run("--parameter", "Stage=dev").exception)


def test_a_project_that_cannot_be_written_is_judged(run, project, open_to_all, nobody, monkeypatch):
    monkeypatch.setattr(forking, "processors", lambda: 1)
    assert run().return_value == 0  # who has no rights may not be able to import what it takes
    for name in ("pyproject.toml", "app.py"):
        shutil.copy(project / name, open_to_all)
    open_to_all.chmod(0o555)
    monkeypatch.chdir(open_to_all)
    with nobody():
        assert run().return_value == 0
    assert not (open_to_all / ".cumulo").exists()


def test_what_may_not_be_read_is_one_line_and_the_rest_is_judged(run, open_to_all, nobody, monkeypatch):
    monkeypatch.chdir(open_to_all)
    (open_to_all / "t.yaml").write_text(WARNS)
    run("t.yaml")
    (open_to_all / "secret.yaml").write_text(WARNS)
    (open_to_all / "secret.yaml").chmod(0)
    with nobody():
        result = run("secret.yaml", "t.yaml", "--format", "json")
    assert {each["file"] for each in json.loads(result.stdout)["findings"]} == {"secret.yaml", "t.yaml"}


def test_when_one_file_cannot_be_mended_the_others_before_it_are_named(run, tmp_path):
    (tmp_path / "a.yaml").write_text(QUEUE)
    (tmp_path / "b.yaml").write_text(QUEUE)
    (tmp_path / "b.yaml").chmod(0o444)
    result = run("a.yaml", "b.yaml", "--fix", "--yes")
    assert "b.yaml: is read-only" in str(result.exception)
    assert "mended a.yaml" in result.stderr
    assert "SqsManagedSseEnabled" in (tmp_path / "a.yaml").read_text()
    assert (tmp_path / "b.yaml").read_text() == QUEUE


def test_no_hint_promises_to_mend_what_is_generated(run, tmp_path):
    (tmp_path / "t.yaml").write_text(QUEUE)
    assert "cumulo check --fix mends" in run("t.yaml").stdout
    (tmp_path / "cdk.out").write_text('{"version": "48.0.0"}')
    assert "--fix" not in run("t.yaml").stdout
