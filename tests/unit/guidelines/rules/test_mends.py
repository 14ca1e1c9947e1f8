"""What rules mend by themselves: after it they find nothing."""

from __future__ import annotations

import json

import pytest
import yaml

from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.discovery import template_rules
from cumulo.guidelines.edits import Put
from cumulo.guidelines.template.reading import read_template

RULES = {rule.id: rule for rule in template_rules()}
QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {%s}}, D: {Type: AWS::SQS::Queue}, %s}"
FUNCTION = "F%s: {Type: AWS::Lambda::Function, Properties: {Timeout: %s}}"
MAPPING = (
    "M%s: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F%s}}"
)
USED = ", ".join([FUNCTION % ("1", 10), MAPPING % ("1", "1"), FUNCTION % ("2", 50), MAPPING % ("2", "2")])
CASES = {
    "SQS002": QUEUE % ("VisibilityTimeout: 20", USED),
    "SQS001": QUEUE % ("RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 50}", USED),
    "LOG001": "Resources: {L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 1}}}",
    "FN008": "Resources: {F: {Type: AWS::Lambda::Function, Properties: {LoggingConfig: {LogGroup: !Ref L}}},"
    " L: {Type: AWS::Logs::LogGroup}}",
    "DDB002": "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {}}}",
    "DDB003": "Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {}}}",
}


def judge(rule, path):
    return list(RULES[rule]({}, True).check(of_templates([read_template(path)], production=True)))


@pytest.mark.parametrize("rule", CASES)
def test_a_mended_template_has_nothing_left(tmp_path, rule):
    path = tmp_path / "template.yaml"
    path.write_text(CASES[rule])
    findings = judge(rule, path)
    assert findings
    data = json.loads(json.dumps(read_template(path).data))
    for edit in (edit for finding in findings for edit in finding.edits):
        assert isinstance(edit, Put)
        place = data
        for key in edit.path[:-1]:
            place = place.setdefault(key, {})
        place[edit.path[-1]] = edit.value
    path.write_text(yaml.safe_dump(data))
    assert judge(rule, path) == []


def test_of_two_consumers_the_slower_decides(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(CASES["SQS002"])
    assert {edit.value for finding in judge("SQS002", path) for edit in finding.edits} == {300}
