"""Carrying out edits: the smallest change of the text, or none."""

from __future__ import annotations

import copy
import json
import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.edits import Put, Replace
from cumulo.guidelines.finding import Finding, Report, Severity
from cumulo.guidelines.mending.files import plan, write
from cumulo.guidelines.mending.python import replace_pieces
from cumulo.guidelines.mending.template import put_values
from cumulo.guidelines.system import System
from cumulo.guidelines.template.reading import parse_template, read_template

FILE = Path("t.yaml")


def put(text, *edits):
    """Carry edits out: each is the path within the resource Q, and the value."""
    puts = [Put("t.yaml", ("Resources", *path), value) for path, value in edits]
    new, left_out = put_values(FILE, text, puts)
    return new, [why for _, why in left_out]


def put_one(text, path, value):
    new, left_out = put(textwrap.dedent(text), (path, value))
    assert left_out == []
    return new


VISIBILITY = ("Q", "Properties", "VisibilityTimeout")


def test_a_key_is_added_below_the_last_one_and_comments_stay():
    new = put_one(
        """\
        # top
        Resources:
          Q:  # a queue
            Type: AWS::SQS::Queue
            Properties:
              QueueName: !Sub "${AWS::StackName}-q"   # its name
              # the end of its properties

          R: &r
            Type: T
        """,
        VISIBILITY,
        180,
    )
    assert new == textwrap.dedent(
        """\
        # top
        Resources:
          Q:  # a queue
            Type: AWS::SQS::Queue
            Properties:
              QueueName: !Sub "${AWS::StackName}-q"   # its name
              VisibilityTimeout: 180
              # the end of its properties

          R: &r
            Type: T
        """
    )


def test_a_value_is_replaced_in_its_place():
    text = "Resources:\n    Q: {Type: T, Properties: {VisibilityTimeout: 30, Name: x}} # c\n"
    assert put_one(text, VISIBILITY, 180) == text.replace("30", "180")
    text = "Resources:\n    Q:\n        Properties:\n            VisibilityTimeout: '30'  # seconds\n"
    assert put_one(text, VISIBILITY, 180) == text.replace("'30'", "180")


def test_what_is_missing_on_the_way_is_made_with_the_files_indentation():
    text = "Resources:\n    Q:\n        Type: T\n"
    assert put_one(text, ("Q", "Properties", "A", "B"), True) == (
        text + "        Properties:\n            A:\n                B: true\n"
    )
    text = "Resources:\n  Q:\n    Properties:\n    Type: T\n"
    assert put_one(text, VISIBILITY, 1) == (
        "Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: 1\n    Type: T\n"
    )


def test_flow_style_stays_flow_style():
    assert put_one("Resources: {Q: {Type: T}}\n", VISIBILITY, 1) == (
        "Resources: {Q: {Type: T, Properties: {VisibilityTimeout: 1}}}\n"
    )
    assert put_one("Resources: {Q: {}}\n", ("Q", "Type"), "yes") == "Resources: {Q: {Type: 'yes'}}\n"
    many = "Resources:\n  Q: {\n    Type: T, # type\n    Name: n # name\n  }\n"
    assert put_one(many, ("Q", "X"), 1) == (
        "Resources:\n  Q: {\n    Type: T, # type\n    Name: n, # name\n    X: 1\n  }\n"
    )


def test_json_keeps_its_form():
    data = {"Resources": {"Q": {"Type": "T", "Properties": {"Name": "ü"}}}}
    for indent in (2, 4, "\t"):
        text = json.dumps(data, indent=indent, ensure_ascii=False) + "\n"
        wanted = copy.deepcopy(data)
        wanted["Resources"]["Q"]["Properties"]["Access"] = {"A": True, "B": [1]}
        new, left_out = put_values(
            Path("t.json"), text, [Put("t.json", ("Resources", "Q", "Properties", "Access"), {"A": True, "B": [1]})]
        )
        assert (new, left_out) == (json.dumps(wanted, indent=indent, ensure_ascii=False) + "\n", [])
    assert put_one('{"Resources": {"Q": {}}}', ("Q", "X"), 1) == '{"Resources": {"Q": {"X": 1}}}'


def test_line_ends_stay_also_at_the_end_of_the_file():
    text = "Resources:\r\n  Q:\r\n    Type: T"
    assert put_one(text, ("Q", "X"), 1) == text + "\r\n    X: 1"


def test_a_block_of_text_ends_where_its_lines_do():
    text = "Resources:\n  Q:\n    Code: |\n      def f():  # x\n\n        pass\n\n# end\n  R:\n    Type: T\n"
    assert put_one(text, ("Q", "X"), 1) == text.replace("        pass\n", "        pass\n    X: 1\n")


def test_several_values_of_one_mapping_that_is_missing():
    text = "Resources:\n  Q:\n    Type: T\n  R:\n    Type: T\n"
    new, left_out = put(text, (("Q", "P", "A"), 1), (("Q", "P", "B"), 2), (("R", "P", "A"), 3))
    assert left_out == []
    assert (
        new == "Resources:\n  Q:\n    Type: T\n    P:\n      A: 1\n      B: 2\n  R:\n    Type: T\n    P:\n      A: 3\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", "{A: 1, B: {C: 2, D: 3}}"),
        ("{X: 0}", "{X: 0, A: 1, B: {C: 2, D: 3}}"),
        ("{\n      X: 0 # x\n    }", "{\n      X: 0, # x\n      A: 1,\n      B: {C: 2, D: 3}\n    }"),
        ("{\n      X: 0,\n    }", "{\n      X: 0,\n      A: 1,\n      B: {C: 2, D: 3}\n    }"),
        ("", "\n      A: 1\n      B:\n        C: 2\n        D: 3"),
    ],
)
def test_several_values_are_added_at_once(before, after):
    text = "Resources:\n  Q:\n    P: {}\n"
    new, left_out = put(
        text.replace("P: {}", f"P: {before}".strip()),
        (("Q", "P", "A"), 1),
        (("Q", "P", "B", "C"), 2),
        (("Q", "P", "B", "D"), 3),
    )
    assert left_out == []
    assert new == text.replace("P: {}", f"P: {after}".replace(": \n", ":\n"))


def test_many_values_are_set_in_one_go(monkeypatch):
    """Each alone would read the file again: minutes for a template of this size."""
    reads = []

    def counted(path, text):
        reads.append(path)
        return parse_template(path, text)

    monkeypatch.setattr("cumulo.guidelines.mending.template.parse_template", counted)
    names = [f"Q{number}" for number in range(200)]
    text = "Resources:\n" + "".join(f"  {name}:\n    Type: T\n" for name in names)
    new, left_out = put(text, *((((name, "P", key)), 1) for name in names for key in "AB"))
    assert (left_out, len(reads)) == ([], 2)
    assert new == text.replace("    Type: T\n", "    Type: T\n    P:\n      A: 1\n      B: 1\n")


def test_elements_of_lists_and_values_behind_conditions_are_reached():
    text = "Resources:\n  Q:\n    P: !If\n      - C\n      - - A: 1\n      - B: 2\n"
    assert put_one(text, ("Q", "P", "Fn::If", 1, 0, "X"), 3) == text.replace("A: 1\n", "A: 1\n          X: 3\n")


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        ("Resources:\n  Q:\n    P: {X: !If [C, 1, 2]}\n", ("Q", "P", "X"), "computed by Fn::If"),
        ("Resources:\n  Q:\n    P: !If [C, {X: 1}, {X: 2}]\n", ("Q", "P", "X"), "computed by Fn::If"),
        ("Resources:\n  Q: {P: {X: {Ref: A}}}\n", ("Q", "P", "X"), "computed by Ref"),
        ("Resources:\n  Q: &q\n    P: {A: 1}\n  R: *q\n", ("R", "P", "X"), "no place"),
        ("Resources:\n  Q: &q\n    P: {A: 1}\n  R: *q\n", ("Q", "P", "X"), "more than that value"),
        ("X: &x\n  P:\n    A: 1\nResources:\n  Q:\n    <<: *x\n    T: 1\n", ("Q", "P", "X"), "more than that"),
        ("Resources:\n  Q:\n    P: text\n", ("Q", "P", "X"), "no place"),
        ("Resources:\n  Q:\n    P: [1]\n", ("Q", "P", 4), "no place"),
        ("Resources:\n  Q:\n    P:\n      A: 1\n", ("Q", "P"), "a block stands there"),
        ("Resources:\n  Q: &a {P: 1}\n  R: [*a]\n", ("Q", "P"), "more than"),
    ],
)
def test_what_is_not_clear_is_left_alone(text, path, why):
    new, left_out = put(text, (path, 7))
    assert new == text
    assert len(left_out) == 1
    assert why in left_out[0]


def test_one_value_that_cannot_be_set_stops_no_other():
    text = "Resources:\n  Q: {X: !Ref A}\n  R: {T: 1}\n  S: {T: 1}\n"
    new, left_out = put(text, (("R", "X"), 1), (("Q", "X"), 1), (("S", "X"), 1), (("S", "X"), 2), (("R", "X"), 1))
    assert new == "Resources:\n  Q: {X: !Ref A}\n  R: {T: 1, X: 1}\n  S: {T: 1, X: 1}\n"
    assert sorted(left_out) == ["Q.X is computed by Ref", "another finding sets S.X to 1"]


names = st.sampled_from(["A", "B", "Type", "on", "ключ"])
scalars = st.booleans() | st.integers(-5, 500) | st.sampled_from(["x", "yes", "1", "a: b", "# no", "ü", "", "l\nm\n"])
trees = st.recursive(scalars, lambda inner: st.dictionaries(names, inner, max_size=3) | st.lists(inner, max_size=2))


@given(
    st.dictionaries(names, st.dictionaries(names, trees, min_size=1, max_size=3), min_size=1, max_size=3),
    st.lists(names, min_size=2, max_size=4),
    scalars,
    st.sampled_from(["block", "flow", "json", "json2"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_value_is_set_and_nothing_else_or_nothing_at_all(resources, path, value, form, newline):
    """Law: whatever the template, it says afterwards what it said before, with that one value set if at all."""
    data = {"Resources": resources}
    text = {
        "block": lambda: yaml.safe_dump(data, allow_unicode=True),
        "flow": lambda: yaml.safe_dump(data, default_flow_style=True),
        "json": lambda: json.dumps(data),
        "json2": lambda: json.dumps(data, indent=2),
    }[form]().replace("\n", newline)
    before = parse_template(FILE, text).data
    new, left_out = put(text, (path, value))
    after = parse_template(FILE, new).data
    if left_out:
        assert new == text
        return
    here = after["Resources"]
    for name in path[:-1]:
        here = here[name]
    assert here[path[-1]] == value
    assert type(here[path[-1]]) is type(value)
    if path[0] in before["Resources"]:
        others = [key for key in before["Resources"] if key != path[0]]
        assert {key: after["Resources"][key] for key in others} == {key: before["Resources"][key] for key in others}


def replace(text, *pieces, imports=()):
    """Replace the first place of each piece."""
    edits = []
    for old, new in pieces:
        start = text.index(old)
        before = text[:start]
        line, column = before.count("\n") + 1, len(before.rpartition("\n")[2].encode())
        end = text[: start + len(old)]
        end_line, end_column = end.count("\n") + 1, len(end.rpartition("\n")[2].encode())
        edits.append(Replace("app.py", line, column, end_line, end_column, new, imports))
    new, left_out = replace_pieces(text, edits)
    return new, [why for _, why in left_out]


def test_a_piece_of_python_is_replaced_and_its_import_added():
    head = '"""Doc."""\n\nfrom __future__ import annotations\n\nimport json\n'
    text = f'{head}\n\ndef f():\n    ü = "ü"; return now()  # why\n'
    new, left_out = replace(text, ("now()", "now(UTC)"), imports=("datetime.UTC",))
    assert left_out == []
    assert new == text.replace("import json", "from datetime import UTC\nimport json").replace("now()", "now(UTC)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from datetime import UTC\nx = 1\n", "from datetime import UTC\nx = 2\n"),
        ("from datetime import datetime  # d\nx = 1\n", "from datetime import datetime, UTC  # d\nx = 2\n"),
        ("x = 1\n", "from datetime import UTC\nx = 2\n"),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\nfrom datetime import UTC\nx = 2\n'),
        ("# c\r\nx = 1\r\n", "from datetime import UTC\r\n# c\r\nx = 2\r\n"),
    ],
)
def test_an_import_is_added_once_where_imports_are(text, expected):
    assert replace(text, ("1", "2"), imports=("datetime.UTC",)) == (expected, [])


def test_several_pieces_are_replaced_from_the_end_and_the_first_of_two_that_overlap():
    text = "a = f(1)\nb = g(2)\nc = h(3)\n"
    new, left_out = replace(text, ("f(1)", "ff"), ("h(3)", "hhhh"), ("(3)", "4"))
    assert new == "a = ff\nb = g(2)\nc = hhhh\n"
    assert left_out == ["it overlaps with another one: run it again"]


@pytest.mark.parametrize(
    ("old", "new", "imports"),
    [("2", "(", ()), ("2", "2\nc = 3", ()), ("2", "UTC", ("datetime.UTC",)), ("2", "2 #", ())],
)
def test_what_would_change_more_is_left_alone(old, new, imports):
    text = "UTC = 1\nb = 2; d = 4\n"
    result, left_out = replace(text, (old, new), imports=imports)
    assert result == text
    assert len(left_out) == 1


def test_a_place_that_is_not_there_is_left_alone():
    assert replace_pieces("x = 1\n", [Replace("a.py", 9, 0, 9, 1, "y")])[0] == "x = 1\n"


def finding(*edits, rule="SQS002"):
    return Finding(rule, Severity.ERROR, "t/Q", "message", file="t.yaml", line=1, edits=edits)


TEXT = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    return path


def planned(path, *findings, files=None):
    system = of_templates([read_template(path)], project=path.parent)
    return plan(Report(findings), system, [path] if files is None else files)


def test_a_file_is_written_with_its_mode_its_mark_and_its_line_ends(template):
    edit = Put(str(template), ("Resources", "Q", "Properties", "VisibilityTimeout"), 180)
    mending = planned(template, finding(edit), finding(edit, rule="SQS009"))
    assert (mending.findings, mending.left_out) == (2, ())
    (change,) = mending.changes
    assert change.diff()[2:] == [
        "@@ -1,2 +1,2 @@",
        " Resources:",
        "-  Q: {Type: AWS::SQS::Queue}",
        "+  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}",
    ]
    write(change)
    assert template.read_bytes() == (
        b"\xef\xbb\xbfResources:\r\n  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}\r\n"
    )
    assert template.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in template.parent.iterdir()] == ["t.yaml"]


def test_a_link_stays_a_link(template):
    link = template.with_name("link.yaml")
    link.symlink_to(template)
    (change,) = planned(link, finding(Put(str(link), ("Resources", "Q", "X"), 1))).changes
    write(change)
    assert link.is_symlink()
    assert "X: 1" in template.read_text()


def test_a_file_that_somebody_changed_is_left_alone(template):
    edit = Put(str(template), ("Resources", "Q", "X"), 1)
    system = of_templates([read_template(template)])
    (change,) = plan(Report((finding(edit),)), system, [template]).changes
    template.write_text("Resources:\n  Q: {Type: Other}\n")
    mending = plan(Report((finding(edit),)), system, [template])
    assert mending.changes == ()
    assert "does not say what was judged" in mending.left_out[0]
    with pytest.raises(CumuloError, match="changed meanwhile"):
        write(change)
    assert "Other" in template.read_text()


def test_a_read_only_file_is_left_alone(template):
    (change,) = planned(template, finding(Put(str(template), ("Resources", "Q", "X"), 1))).changes
    template.chmod(0o444)
    with pytest.raises(CumuloError, match="is read-only"):
        write(change)
    assert template.read_bytes() == change.before


def test_only_templates_that_were_named_are_written(template):
    mending = planned(template, finding(Put(str(template), ("Resources", "Q", "X"), 1)), files=[])
    assert mending.changes == ()
    assert mending.findings == 0
    assert "the template is generated" in mending.left_out[0]


@pytest.mark.parametrize("folder", ["cdk.out", ".serverless", ".aws-sam/build", "marked"])
def test_templates_that_a_tool_generated_are_left_alone(tmp_path, folder):
    path = tmp_path / folder / "t.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    if folder == "marked":
        (path.parent / "cdk.out").write_text('{"version": "48.0.0"}')
    mending = planned(path, finding(Put(str(path), ("Resources", "Q", "X"), 1)))
    assert mending.changes == ()
    assert "change what it is made from" in mending.left_out[0]


def test_python_files_of_the_project_are_written_and_others_not(tmp_path):
    project, outside = tmp_path / "project", tmp_path / "outside.py"
    project.mkdir()
    for file in (outside, project / "app.py"):
        file.write_bytes("# -*- coding: latin-1 -*-\nx = 'ü', 1\n".encode("latin-1"))
    (project / "link.py").symlink_to(outside)
    text = "# -*- coding: latin-1 -*-\nx = 'ü', 1\n"
    names = ("app.py", "../outside.py", "link.py", "missing.py")
    edits = [finding(Replace(name, 2, 10, 2, 11, "2"), rule=name) for name in names]
    report = Report(tuple(edits), texts=dict.fromkeys(names, text))
    mending = plan(report, System((), project=project), [])
    assert [change.name for change in mending.changes] == ["app.py"]
    assert mending.left_out == (
        "t.yaml:1: ../outside.py is left to you: the file is not in the project",
        "t.yaml:1: link.py is left to you: the file is not in the project",
        "t.yaml:1: missing.py is left to you: No such file or directory",
    )
    write(mending.changes[0])
    assert (project / "app.py").read_bytes() == text.replace("1\n", "2\n").encode("latin-1")
    again = plan(report, System((), project=project), [])
    assert again.changes == ()
