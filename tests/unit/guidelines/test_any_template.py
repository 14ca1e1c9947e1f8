"""Law: whatever a template holds, no reader and no rule fails on it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.discovery import template_rules
from cumulo.guidelines.engine import check
from cumulo.guidelines.loading import load
from cumulo.guidelines.template.reading import TemplateFile, read_template

RULES = Path("src/cumulo/guidelines")
FIXTURES = Path(__file__).parent / "fixtures"


@cache
def words() -> list[str]:
    """The words that rules look for: properties and values, out of their own source."""
    texts = "".join(path.read_text(encoding="utf-8") for path in sorted(RULES.glob("r*/**/*.py")))
    found = set(re.findall(r'"([A-Za-z][\w:./*$-]{1,40})"', texts))
    return sorted(word for word in found if not word.startswith("AWS::"))


@cache
def kinds() -> list[str]:
    texts = "".join(path.read_text(encoding="utf-8") for path in sorted(RULES.glob("r*/**/*.py")))
    return sorted(set(re.findall(r'"(AWS::\w+::\w+)"', texts)) | {"Custom::Thing", "AWS::CloudFormation::Stack"})


@cache
def templates() -> list[dict]:
    """The fixtures' templates: real shapes to break."""
    return [dict(read_template(path).data) for path in sorted(FIXTURES.glob("*/*.yaml"))]


ids = st.sampled_from(["A", "B", "C", "D", "A.Arn", "AWS::Region", "AWS::NoValue", "nothing"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 10**400),
    st.floats(),
    st.text(max_size=4),
    ids,
    st.deferred(lambda: st.sampled_from(words())),
    st.sampled_from(["*", "arn:aws:sqs:eu-central-1:1:q", "${A}", "{{resolve:ssm:/x}}", "rate(1 day)", "[", "1e999"]),
)
functions = st.sampled_from(
    [
        "Ref",
        "Condition",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::Join",
        "Fn::If",
        "Fn::Select",
        "Fn::Split",
        "Fn::FindInMap",
        "Fn::ImportValue",
        "Fn::Length",
        "Fn::ToJsonString",
        "Fn::GetAZs",
        "Fn::Cidr",
        "Fn::Transform",
        "Fn::Base64",
        "Fn::Equals",
        "Fn::Not",
        "Fn::And",
        "Fn::ForEach::X",
    ]
)


def nested(inner):
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.deferred(lambda: st.sampled_from(words())) | ids, inner, max_size=4),
        st.builds(lambda name, value: {name: value}, functions, inner),
        st.builds(lambda a, b: {"Fn::If": ["A", a, b]}, inner, inner),
        st.builds(lambda a: {"Ref": a}, ids),
        st.builds(lambda a: {"Fn::GetAtt": [a, "Arn"]}, ids),
    )


values = st.recursive(scalars, nested, max_leaves=15)
resources = st.one_of(
    values,
    st.fixed_dictionaries(
        {"Type": st.deferred(lambda: st.sampled_from(kinds()))},
        optional={
            "Properties": values,
            "Condition": values,
            "DependsOn": values,
            "Metadata": values,
            "DeletionPolicy": values,
            "UpdatePolicy": values,
        },
    ),
)
anything = st.fixed_dictionaries(
    {"Resources": st.dictionaries(ids, resources, max_size=4)},
    optional={
        name: values | st.dictionaries(ids, values, max_size=3)
        for name in ("Parameters", "Conditions", "Mappings", "Outputs", "Metadata", "Rules", "Globals")
    }
    | {"Transform": values | st.sampled_from(["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"])},
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def judge(template: dict, production: bool) -> None:
    """Run each rule by itself, so that a failure names its rule."""
    system = of_templates([TemplateFile(Path("t.json"), template, {})], production=production)
    for rule in template_rules():
        try:
            list(rule({}, production).check(system))
        except Exception as error:
            error.add_note(f"{rule.id} on {json.dumps(template, default=str)}")
            raise


@given(anything, st.booleans())
@QUICK
def test_no_rule_fails_on_any_template(template, production):
    judge(template, production)


def broken(data, template: dict) -> dict:
    """Replace one piece of a template, at any depth, by anything."""
    template = json.loads(json.dumps(template, default=str))
    holder, key = None, None
    value = template
    while isinstance(value, dict | list) and value and (holder is None or data.draw(st.integers(0, 4))):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        holder, key = value, data.draw(st.sampled_from(keys))
        value = holder[key]
    if holder is not None:
        holder[key] = data.draw(values)
    return template


@given(st.data(), st.booleans())
@QUICK
def test_no_rule_fails_on_a_template_with_any_piece_replaced(data, production):
    """The rules' own fixtures, with one piece at any depth replaced by anything."""
    judge(broken(data, data.draw(st.sampled_from(templates()))), production)


def judge_file(path: Path, template: dict) -> None:
    """Go from the file to the report: what cannot be read or expanded is a finding, everything else is judged."""
    path.write_text(json.dumps(template), encoding="utf-8")
    loaded = load([path], project=path.parent)
    report = check(loaded.system, before=loaded.before, lint=False)
    assert not [finding for finding in report.findings if finding.rule == "CHK006"]


@given(anything)
@QUICK
def test_no_reader_fails_on_any_template(tmp_path_factory, template):
    judge_file(tmp_path_factory.mktemp("any") / "t.json", template)


EVENTS = {
    "Jobs": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Q", "Arn"]}, "BatchSize": 5}},
    "Site": {"Type": "HttpApi", "Properties": {"Path": "/", "Method": "get"}},
    "Rest": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}},
    "Nightly": {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 day)"}},
}
SAM = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {
        "Function": {"Runtime": "python3.12", "Environment": {"Variables": {"A": "1"}}},
        "Api": {"Cors": "'*'"},
    },
    "Resources": {
        "F": {
            "Type": "AWS::Serverless::Function",
            "Connectors": {"Reads": {"Properties": {"Destination": {"Id": "T"}, "Permissions": ["Read"]}}},
            "Properties": {
                "Handler": "app.handler",
                "CodeUri": "src/",
                "AutoPublishAlias": "live",
                "DeploymentPreference": {"Type": "AllAtOnce"},
                "Policies": ["AmazonSQSFullAccess", {"S3ReadPolicy": {"BucketName": "b"}}, {"Statement": []}],
                "Events": EVENTS,
            },
        },
        "T": {"Type": "AWS::Serverless::SimpleTable", "Properties": {"TableName": "t"}},
        "M": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {"Definition": {"StartAt": "A", "States": {}}, "Role": "arn:aws:iam::123456789012:role/r"},
        },
        "Q": {"Type": "AWS::SQS::Queue"},
    },
}


@given(st.data())
@QUICK
def test_no_reader_fails_on_a_sam_template_with_any_piece_replaced(tmp_path_factory, data):
    judge_file(tmp_path_factory.mktemp("sam") / "t.json", broken(data, SAM))


@pytest.mark.parametrize("count", [64, 400])
def test_more_conditions_than_can_be_combined_are_unknown_soon(count):
    """64 conditions in one text are 2^64 texts."""
    parts = [{"Fn::If": [f"C{n}", "a", "b"]} for n in range(count)]
    body = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Join": ["", parts]}}}
    system = of_templates([TemplateFile(Path("t"), {"Resources": {"Q": body}}, {})])
    (name,) = system.stacks[0].resources["Q"].get("QueueName")
    assert not name.known
