"""Reading templates: lines, tags, and what is no template."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.guidelines.template.reading import MAX_BYTES, json_lines, read_template


def read(tmp_path, text, name="t.yaml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_template(path)


def test_yaml_tags_lines_and_types(tmp_path):
    file = read(
        tmp_path,
        "Resources:\n  A:\n    Type: T\n    Properties:\n      X: !Ref P\n      Y: !GetAtt A.B.C\n"
        "      Z: !Sub\n        - '${v}'\n        - {v: !Ref Q}\n      When: 2012-10-17\n      On: yes\n      N: 08\n"
        "      I: !If [C, 1, !Ref AWS::NoValue]\n      W: !Condition C\n",
    )
    properties = file.data["Resources"]["A"]["Properties"]
    assert properties == {
        "X": {"Ref": "P"},
        "Y": {"Fn::GetAtt": ["A", "B.C"]},
        "Z": {"Fn::Sub": ["${v}", {"v": {"Ref": "Q"}}]},
        "When": "2012-10-17",
        "On": True,
        "N": "08",
        "I": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]},
        "W": {"Condition": "C"},
    }
    assert file.lines["Resources", "A", "Properties", "Y"] == 6
    assert file.lines["Resources", "A", "Properties", "Z", "Fn::Sub", 1] == 9


def test_json_lines(tmp_path):
    text = json.dumps(
        {"Resources": {"A": {"Type": "T", "Properties": {"L": ["a, b", {"k": [1, "}"]}], "E": {}}}}}, indent=1
    )
    file = read(tmp_path, text, "t.json")
    properties = ("Resources", "A", "Properties")
    assert file.data == json.loads(text)
    lines = text.splitlines()
    assert '"L"' in lines[file.lines[*properties, "L"] - 1]
    assert '"k"' in lines[file.lines[*properties, "L", 1, "k"] - 1]
    assert '"}"' in lines[file.lines[*properties, "L", 1, "k", 1] - 1]
    assert '"E"' in lines[file.lines[*properties, "E"] - 1]


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=15,
)


@given(st.dictionaries(st.text(max_size=3), values, max_size=4))
def test_each_key_of_a_json_text_has_its_line(data):
    """Law: the line of a key is a line that shows it."""
    text = json.dumps(data, indent=1)
    lines, repeated = json_lines(text, set())
    assert repeated == ()
    shown = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert json.dumps(path[-1]) in shown[line - 1]
    assert {path[0] for path in lines if len(path) == 1} == set(data)


@pytest.mark.parametrize("name", ["t.json", "t.yaml"])
def test_a_key_written_twice_is_noticed(tmp_path, name):
    file = read(tmp_path, '{"Resources": {"A": {"Type": "T"},\n "A": {"Type": "U"}}}', name)
    assert file.repeated == (("Resources", "A"),)
    assert file.lines["Resources", "A"] == 2


def test_merge_keys_are_merged(tmp_path):
    file = read(tmp_path, "Base: &b {Type: T, X: 1}\nResources:\n  A:\n    <<: *b\n    X: 2\n")
    assert file.data["Resources"]["A"] == {"Type": "T", "X": 2}


LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 2000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("just words", "is not a CloudFormation template"),
        ("", "is not a CloudFormation template"),
        ("Resources: []", "is not a CloudFormation template"),
        ("a: [", "is not YAML"),
        ("a: 'x\n\0'", "is not YAML"),
        ("Resources: {A: 'Grüße'}".encode("latin-1"), "is not UTF-8"),
        (b"\x7fELF\x02\x01\x01\x00", "is not YAML"),
        (LAUGHS, "expands to more than"),
        (CHAIN, "is nested deeper"),
        ("[" * 100_000, "is nested deeper"),
        ('{"a":' * 100_000, "is nested deeper"),
        ("a: &x [*x]", "contains itself"),
        ("a: *x", "x"),
        (b"x" * (MAX_BYTES + 1), "is larger than"),
    ],
)
def test_what_is_no_template_is_one_clear_line(tmp_path, text, message):
    with pytest.raises(CumuloError, match=message) as caught:
        read(tmp_path, text)
    assert "t.yaml" in str(caught.value).splitlines()[0]


def test_a_missing_file_and_a_folder_are_said(tmp_path):
    for path in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(CumuloError, match="cannot be read"):
            read_template(path)


@given(st.binary(max_size=200) | st.text(alphabet="{}[]:,&*!-'\"\n ab<", max_size=60).map(str.encode))
def test_no_bytes_do_more_than_raise(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("x") / "t.yaml"
    path.write_bytes(raw)
    with suppress(CumuloError):
        read_template(path)


def test_a_named_pipe_that_nobody_writes_to_is_empty(tmp_path):
    os.mkfifo(tmp_path / "t.yaml")
    with pytest.raises(CumuloError, match="is not a CloudFormation template"):
        read_template(tmp_path / "t.yaml")


def test_a_pipe_is_read_to_its_end():
    """``cumulo check <(cat template.yaml)``: the shell hands over a file of ``/dev/fd``."""
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "wb") as stream:
        stream.write(b"Resources:\n  Q: {Type: AWS::SQS::Queue}\n")
    try:
        assert "Q" in read_template(Path(f"/dev/fd/{ours}")).data["Resources"]
    finally:
        os.close(ours)


def test_a_second_document_is_noticed_at_its_line(tmp_path):
    file = read(tmp_path, "Resources: {}\n---\nResources: {A: {Type: T}}\n---\n")
    assert (file.data, file.second) == ({"Resources": {}}, 2)
    assert read(tmp_path, "---\nResources: {}\n...\n").second is None


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ('{"Resources":\n  {"A": {"Type": "T"}\n  "B": 1}}', "is not JSON (Expecting ',' delimiter)", 3),
        ('{"Resources": {', "is not JSON (Expecting property name", 1),
    ],
)
def test_json_that_is_broken_is_called_json(tmp_path, text, what, line):
    with pytest.raises(CumuloError) as caught:
        read(tmp_path, text, "t.json")
    assert caught.value.what.startswith(what)
    assert caught.value.where == f"{tmp_path / 't.json'}:{line}"
    with pytest.raises(CumuloError, match="is not YAML"):
        read(tmp_path, text, "t.yaml")


def test_a_json_file_may_have_what_yaml_allows(tmp_path):
    assert read(tmp_path, '{"Resources": {"A": {"Type": "T"}}}  # mine', "t.json").data == {
        "Resources": {"A": {"Type": "T"}}
    }
    assert read(tmp_path, f'{{"Resources": {{}}, "N": {"9" * 5000}}}', "t.json").data["Resources"] == {}
