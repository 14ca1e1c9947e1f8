"""`Fn::ForEach` written out: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html"""

from __future__ import annotations

from pathlib import Path

import pytest

from cumulo.guidelines.template.loops import write_out_loops
from cumulo.guidelines.template.yaml_reading import read_yaml

TEXT = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a.b, c"}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue&{Name}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub "x-${Name}"
          Fn::ForEach::Settings:
            - Setting
            - [DelaySeconds, VisibilityTimeout]
            - "${Setting}": 5
          Tags:
            - {Key: name, Value: !Ref Name}
  Fn::ForEach::Unknown: [Name, !Ref Nothing, {"T${Name}": {Type: AWS::SNS::Topic}}]
  Plain: {Type: AWS::SNS::Topic}
"""


def written_out(text):
    file = read_yaml(Path("t.yaml"), text)
    return write_out_loops(file.data, file.lines)


def test_a_loop_makes_one_resource_for_each_element():
    template, lines = written_out(TEXT)
    assert set(template["Resources"]) == {"Queueab", "Queuec", "Fn::ForEach::Unknown", "Plain"}
    assert template["Resources"]["Queueab"]["Properties"] == {
        "QueueName": {"Fn::Sub": "x-a.b"},
        "DelaySeconds": 5,
        "VisibilityTimeout": 5,
        "Tags": [{"Key": "name", "Value": "a.b"}],
    }
    assert lines["Resources", "Queuec"] == 8
    assert lines["Resources", "Queuec", "Properties", "VisibilityTimeout"] == 15
    assert lines["Resources", "Queuec", "Properties", "Tags", 0] == 17
    assert lines["Resources", "Plain"] == 19


def test_a_template_without_loops_is_left_as_it_is():
    template, lines = {"Resources": {}}, {("Resources",): 1}
    assert write_out_loops(template, lines) == (template, lines)


@pytest.mark.parametrize(
    "loop", ["1", "[]", "[A, [x], 1]", "[[A], [x], {B: 1}]", "[A, !Ref [x], {B: 1}]", "[A, [[x]], {B: 1}]"]
)
def test_what_is_no_loop_is_left_alone(loop):
    template, _ = written_out(f"Resources:\n  Fn::ForEach::X: {loop}\n")
    assert "Fn::ForEach::X" in template["Resources"]


def test_loops_in_loops_end():
    """Ten loops over ten elements are ten thousand million resources."""
    inner = "{'R${N9}': {Type: T}}"
    for depth in range(9, -1, -1):
        inner = f"{{'Fn::ForEach::L{depth}': [N{depth}, [{','.join('abcdefghij')}], {inner}]}}"
    template, _ = written_out(f"Resources: {inner}\n")
    assert len(template["Resources"]) <= 10
