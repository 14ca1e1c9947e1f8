"""The whole check: rules, cfn-lint, acceptances and settings together."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cumulo.assembly import Assembly, FunctionArtifact, StackArtifact
from cumulo.errors import UsageError
from cumulo.guidelines import discovery
from cumulo.guidelines.assembled import of_assembly, of_templates
from cumulo.guidelines.baseline import read_baseline, write_baseline
from cumulo.guidelines.cfn_lint import linting
from cumulo.guidelines.config import Acceptance, CheckConfig
from cumulo.guidelines.engine import check, repeated
from cumulo.guidelines.finding import Severity
from cumulo.guidelines.loading import load
from cumulo.guidelines.mending.files import plan
from cumulo.guidelines.template.reading import TemplateFile, read_template
from cumulo.model.source import Source

KINDS = {kind for rule in discovery.template_rules() for kind in rule.subject.split(", ")}
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 10, "Architectures": ["arm64"]}}
ENCRYPTED = {"SSESpecification": {"SSEEnabled": True}}


def template(resources, **more):
    return TemplateFile(Path("t.yaml"), {"Resources": resources, **more}, {})


def found(system, config=None):
    return [finding.rule for finding in check(system, config, lint=False).findings]


def assembly(project, *, accepted=(), production=False, code="def handler(e, c):\n    print(e)\n"):
    (project / "app.py").write_text(code)
    (project / "infra.py").write_text("one()\ntwo()  # cumulo: accept FN008 because tests keep no logs\n")
    stack = StackArtifact(
        "api",
        "items-dev-api",
        {"Resources": {"Create": FUNCTION}},
        sources={"Create": Source("infra.py", 2)},
        accepted={"Create": dict(accepted)},
    )
    function = FunctionArtifact("api", "Create", "app.handler")
    return Assembly(project / "out", project, "items", "dev", production, None, None, "3.11", (stack,), (function,))


def test_findings_of_an_assembly_stand_at_its_declarations(tmp_path):
    report = check(of_assembly(assembly(tmp_path)), lint=False)
    assert [(each.rule, each.file, each.line) for each in report.findings] == [
        ("SRC004", "app.py", 2),
        ("FN001", "infra.py", 2),
    ]
    assert [(each.finding.rule, each.reason) for each in report.accepted] == [("FN008", "tests keep no logs")]
    assert set(report.rules) == {"SRC004", "FN001", "FN008"}
    assert report.checked == ("items-dev-api",)
    assert report.worst is Severity.WARNING


def test_a_declaration_accepts(tmp_path):
    system = of_assembly(assembly(tmp_path, accepted=[("FN001", "measured"), ("FN002", "none")]))
    assert found(system) == ["SRC004", "CHK002"]


def test_metadata_accepts_and_an_empty_reason_does_not():
    accept = {"FN001": "measured", "FN008": " "}
    system = of_templates([template({"A": {**FUNCTION, "Metadata": {"Cumulo": {"Accept": accept}}}})])
    assert found(system) == ["CHK001", "FN008"]


def test_an_acceptance_for_production_is_not_useless_elsewhere():
    accepted = CheckConfig(accepted=(Acceptance("DDB002", "*", "a cache", "x"), Acceptance("E3012", "*", "x", "x")))
    table = {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST", **ENCRYPTED}}}
    assert found(of_templates([template(table)]), accepted) == []
    assert "DDB002" not in found(of_templates([template(table)], production=True), accepted)


def test_an_acceptance_for_another_stage_is_not_useless_here(tmp_path):
    system = of_assembly(assembly(tmp_path))
    cases = (
        ("items-prod-api/Create", False),
        ("items-prod-*", False),
        ("items-dev-api/Gone", True),
        ("items-dev-*", True),
        ("items-*/Gone", True),
    )
    for subject, expected in cases:
        config = CheckConfig(accepted=(Acceptance("FN002", subject, "x", "x"),))
        assert ("CHK002" in found(system, config)) is expected


def test_an_acceptance_of_a_rule_that_failed_is_not_useless(monkeypatch):
    def fail(*_):
        raise ValueError
        yield

    (rule,) = (each for each in discovery.template_rules() if each.id == "FN002")
    monkeypatch.setattr(rule, "check", fail)
    config = CheckConfig(accepted=(Acceptance("FN002", "*", "x", "x"),))
    assert found(of_templates([template({})]), config) == ["CHK006"]


def test_an_acceptance_of_no_rule_is_found():
    config = CheckConfig(accepted=(Acceptance("FN0002", "*", "x", "x"), Acceptance("E9998", "*", "x", "x")))
    assert found(of_templates([template({})]), config) == ["CHK008"]


def test_old_findings_do_not_count(tmp_path):
    system = of_assembly(assembly(tmp_path))
    before = check(system, lint=False)
    write_baseline(tmp_path / "b.json", before.findings, system)
    report = check(system, lint=False, old=read_baseline(tmp_path / "b.json"))
    assert report.findings == ()
    assert report.baselined == before.findings
    assert set(report.rules) == set(before.rules)


def test_the_source_of_edits_is_in_the_report(tmp_path):
    code = "import datetime\n\ndef handler(e, c):\n    return datetime.datetime.utcnow().strftime('%Y')\n"
    report = check(of_assembly(assembly(tmp_path, code=code)), lint=False)
    assert report.texts == {"app.py": code}
    mending = plan(report, of_assembly(assembly(tmp_path, code=code)), [])
    assert b"datetime.datetime.now(UTC).strftime" in mending.changes[0].after


def test_settings_reach_their_rule_and_unknown_ones_are_wrong_usage():
    system = of_templates([template({"A": {**FUNCTION, "Properties": {**FUNCTION["Properties"], "MemorySize": 256}}})])
    assert found(system) == ["FN008"]
    assert found(system, CheckConfig({"FN001": {"minimum": 512}})) == ["FN001", "FN008"]
    for settings in ({"FN999": {}}, {"FN001": {"least": 1}}, {"FN001": {"minimum": "1"}}):
        with pytest.raises(UsageError):
            found(system, CheckConfig(settings))


ODD = {"Policies": 1, "Role": {"Ref": []}, "Timeout": [], "Statement": {}, "RedrivePolicy": "x"}
STATEMENTS = ["x", 1, {"Effect": [], "Action": {"a": 1}}, {"Effect": "Allow", "Action": [1], "Resource": {"Ref": 1}}]


@pytest.mark.parametrize(
    "resources",
    [
        {"A": 1, "B": {"Type": 3}, "C": {"Type": "AWS::Lambda::Function", "Properties": "x"}, "D": None},
        {f"R{n}": {"Type": kind, "Properties": ODD} for n, kind in enumerate(sorted(KINDS))},
        {"A": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {"Statement": STATEMENTS}}}},
        {
            "A": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "A"}}},
            "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "A"}}},
        },
        {
            "Q": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Q", "Arn"]}}},
            }
        },
    ],
)
def test_templates_of_any_shape_break_no_rule(resources):
    for production in (True, False):
        assert "CHK006" not in found(of_templates([template(resources)], production=production))


def test_a_template_is_judged_the_same_twice(tmp_path):
    system = of_assembly(assembly(tmp_path))
    assert check(system, lint=False) == check(system, lint=False)


def test_keys_written_twice_are_found(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text("Resources:\n  A: {Type: T}\n  A: {Type: T}\n")
    file = read_template(path)
    assert [(each.rule, each.line) for each in repeated(file)] == [("CHK004", 3)]


def test_rules_are_found_by_listing_and_their_ids_are_their_files():
    rules = discovery.rules()
    assert len({rule.id for rule in rules}) == len(rules) >= 20
    for rule in rules:
        assert rule.__module__.rpartition(".")[2].startswith(rule.id.lower() + "_")


BAD = {"T": {"Type": "AWS::SNS::Topic", "Properties": {"NoSuchThing": 1}}}


@pytest.fixture(scope="module")
def linted(tmp_path_factory):
    """Return what cfn-lint says of a bad template, and the cache that then holds it."""
    cache = tmp_path_factory.mktemp("cache") / "check"
    return check(of_templates([template(BAD)]), cache=cache), cache


def test_cfn_lints_findings_are_in_the_report(linted):
    report, _ = linted
    (finding,) = report.findings
    assert (finding.rule, finding.severity, finding.subject) == ("E3002", Severity.ERROR, "t/T")
    assert "NoSuchThing" in finding.message
    assert report.rules["E3002"].title


def test_cfn_lint_is_not_asked_twice(linted):
    report, cache = linted
    assert linting.start(of_templates([template(BAD)]), cache).process is None
    assert check(of_templates([template(BAD)]), cache=cache) == report
    again = linting.start(of_templates([template(BAD)], region="eu-central-1"), None)
    assert again.process is not None
    again.process.kill()
    again.process.communicate()


def test_a_corrupt_cache_is_ignored(linted):
    report, cache = linted
    (file,) = cache.glob("*.json")
    for content in ("{", "[]]", '{"a": 1}', '[{"rule": 1}]', "\0"):
        file.write_text(content)
        lint = linting.start(of_templates([template(BAD)]), cache)
        assert lint.process is not None
        lint.process.kill()
        lint.process.communicate()
    file.write_text("{")
    assert check(of_templates([template(BAD)]), cache=cache) == report
    assert isinstance(json.loads(file.read_text()), list)
    assert [each.name for each in cache.iterdir()] == [file.name]


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "file").write_text("x")
    report = check(of_templates([template(BAD)]), cache=tmp_path / "file" / "check")
    assert [each.rule for each in report.findings] == ["E3002"]


def test_every_rule_that_is_left_out_has_its_reason():
    left_out = {**linting.IGNORED, **linting.IGNORED_OF_CONSTRUCTS}
    assert all(len(reason) > 10 for reason in left_out.values())
    assert not any(linting.covers(rule) for rule in linting.IGNORED)


def test_what_the_cdk_decides_by_itself_is_no_finding_of_cfn_lint(tmp_path):
    subnet = {"VpcId": "vpc-12345678", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "eu-central-1a"}
    template = {"Resources": {"Subnet": {"Type": "AWS::EC2::Subnet", "Properties": subnet}}}
    version = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
    (tmp_path / "hand.json").write_text(json.dumps(template))
    (tmp_path / "cdk.json").write_text(json.dumps({**template, "Parameters": {"BootstrapVersion": version}}))
    found = check(load([tmp_path / "hand.json", tmp_path / "cdk.json"]).system).findings
    assert [each.subject for each in found if each.rule == "W3010"] == ["hand/Subnet"]


TWICE = """\
from datetime import datetime
def handler(e, c):
    return datetime.utcnow().year, datetime.utcnow().day
"""


def test_two_calls_on_one_line_are_one_finding_that_mends_both(tmp_path):
    system = of_assembly(assembly(tmp_path, code=TWICE))
    report = check(system, lint=False)
    assert [finding.line for finding in report.findings if finding.rule == "SRC016"] == [3]
    (change,) = plan(report, system, []).changes
    assert b"return datetime.now(UTC).year, datetime.now(UTC).day\n" in change.after


def test_equal_findings_are_known_again_as_one(tmp_path):
    system = of_assembly(assembly(tmp_path, code=TWICE))
    file = tmp_path / "cumulo-baseline.json"
    write_baseline(file, check(system, lint=False).findings, system)
    assert check(system, lint=False, old=read_baseline(file)).findings == ()


def test_without_detect_secrets_one_finding_says_what_is_missed(monkeypatch):
    system = of_templates([template({})])
    assert found(system) == []
    monkeypatch.setitem(sys.modules, "detect_secrets", None)
    (finding,) = check(system, lint=False).findings
    assert (finding.rule, finding.severity, finding.fix) == ("CHK010", Severity.INFO, "pip install 'cumulo[check]'")
