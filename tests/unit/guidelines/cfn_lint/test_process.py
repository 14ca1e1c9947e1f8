"""cfn-lint may start before there are templates."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.cfn_lint import linting
from cumulo.guidelines.cfn_lint.linting import Lint
from cumulo.guidelines.cfn_lint.process import ahead, start_worker
from cumulo.guidelines.engine import check
from cumulo.guidelines.template.reading import TemplateFile, read_template

BAD = TemplateFile(
    Path("t.yaml"), {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"NoSuchThing": 1}}}}, {}
)


def test_a_process_that_started_ahead_judges_and_ends(tmp_path):
    cache = tmp_path / "check"
    with ahead(tmp_path, cache) as linter:
        assert linter is not None
        assert linter.poll() is None
        report = check(of_templates([BAD]), cache=cache, linter=linter)
    assert "E3002" in [each.rule for each in report.findings]
    assert linter.returncode is not None
    with ahead(tmp_path, cache) as needless:
        assert needless is None


def test_a_process_that_was_not_needed_is_ended(tmp_path):
    with ahead(tmp_path, tmp_path / "check") as linter:
        assert linter is not None
    assert linter.returncode is not None
    with ahead(tmp_path, tmp_path / "check", wanted=False) as unwanted:
        assert unwanted is None


def _match(rule, path, message="wrong"):
    return {"rule": rule, "message": message, "severity": "error", "path": path, "title": "", "why": ""}


def test_of_many_schemas_none_of_which_fits_only_that_is_told(tmp_path):
    """A SAM event of a wrong type lacks something of each of the twenty types that there are."""
    at = ["Resources", "Fn", "Properties", "Events", "X"]
    lacking = [_match("E3003", [*at, "Properties"], f"'{name}' is a required property") for name in "abcdefghi"]
    answer = [_match("E3017", at), *lacking, _match("E3003", ["Resources", "Fn"]), _match("W2001", at)]
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Fn: {Type: AWS::SQS::Queue}}\n")
    system = of_templates([read_template(template)])
    found, _ = Lint(system, None, {"key": answer}, ("key",)).findings()
    assert [finding.rule for finding in found] == ["E3017", "E3003", "W2001"]
    few, _ = Lint(system, None, {"key": answer[:3]}, ("key",)).findings()
    assert [finding.rule for finding in few] == ["E3017", "E3003", "E3003"]


def test_what_a_rule_of_ours_says_is_not_said_again(tmp_path):
    """DDB003 judges a table's policies, in production."""
    answer = [
        _match("W3011", ["Resources", "T", "DeletionPolicy"]),
        _match("W3011", ["Resources", "Q"]),
        _match("W1", []),
    ]
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {T: {Type: AWS::DynamoDB::Table}, Q: {Type: AWS::SQS::Queue}}\n")

    def subjects(production):
        system = of_templates([read_template(template)], production=production)
        found, _ = Lint(system, None, {"key": answer}, ("key",)).findings()
        return [finding.subject for finding in found]

    assert subjects(True) == ["template/Q", "template"]
    assert subjects(False) == ["template/T", "template/Q", "template"]


def test_a_users_change_of_the_schemas_is_made_once(tmp_path):
    """In the region that is cfn-lint's default, too: a property cannot be removed twice."""
    (tmp_path / ".cfnlintrc").write_text("override_spec: o.json\n")
    patch = [{"op": "remove", "path": "/properties/QueueName"}]
    (tmp_path / "o.json").write_text(json.dumps({"Patches": {"AWS::SQS::Queue": patch}}))
    named = TemplateFile(
        Path("t.json"), {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}}, {}
    )
    report = check(replace(of_templates([named]), project=tmp_path))
    assert "E3002" in [each.rule for each in report.findings]
    assert "CHK005" not in [each.rule for each in report.findings]


def test_it_ends_with_who_waits_for_its_answer(tmp_path):
    """Killed, nobody can end it."""
    large = {f"Q{number}": {"Type": "AWS::SQS::Queue"} for number in range(400)}
    with start_worker(tmp_path) as worker:
        worker.stdin.write(json.dumps({"region": "us-east-1", "templates": [{"Resources": large}]}).encode() + b"\n")
        worker.stdin.close()
        assert worker.wait(60) == 1
        assert worker.stdout.read() == b""


def test_a_process_that_never_reads_is_given_up(tmp_path, monkeypatch):
    """What it is asked is more than a pipe takes."""
    monkeypatch.setattr(linting, "_PATIENCE", 1)
    large = {f"Q{number}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q" * 80}} for number in range(1000)}
    pipe = subprocess.PIPE
    deaf = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdin=pipe, stdout=pipe, stderr=pipe)
    with deaf:
        found, _ = linting.start(
            of_templates([TemplateFile(Path("t.json"), {"Resources": large}, {})]), None, deaf
        ).findings()
    assert [each.rule for each in found] == ["CHK005"]
    assert "did not end within 1 s" in found[0].message
