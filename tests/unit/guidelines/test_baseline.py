"""The baseline: old findings do not count, new ones do."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import UsageError
from cumulo.guidelines.baseline import GONE, divide, read_baseline, write_baseline
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.system import Stack, System
from cumulo.guidelines.template.values import Scope

NAMES = st.sampled_from(["a", "b", "c"])
FINDINGS = st.lists(
    st.builds(
        Finding,
        rule=st.sampled_from(["FN001", "SQS001"]),
        severity=st.just(Severity.ERROR),
        subject=NAMES,
        message=NAMES,
        file=st.none() | NAMES,
        line=st.none() | st.integers(1, 9),
    ),
    max_size=8,
)


def finding(rule="FN001", subject="t/A", message="m", file="t.yaml", line=1):
    return Finding(rule, Severity.ERROR, subject, message, file=file, line=line)


def stack(name, file, id_=None):
    return Stack(name, Scope(id_ or file, {"Resources": {}}, {}, {}), file)


@pytest.fixture
def system(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").touch()
    return System((stack("t", "t.yaml"),), project=tmp_path)


def written(system, *findings):
    file = Path("baseline.json")
    file.unlink(missing_ok=True)
    write_baseline(file, findings, system)
    return read_baseline(file)


def divided(system, baseline, *findings, judged=lambda _: True):
    new, old = divide(findings, baseline, system, judged)
    return [each.rule for each in new], [each.rule for each in old]


def test_what_was_there_does_not_count_though_it_moved_and_is_said_otherwise(system):
    baseline = written(system, finding())
    assert divided(system, baseline, finding(line=99, message="other words")) == ([], ["FN001"])


@pytest.mark.parametrize("new", [{"rule": "FN002"}, {"subject": "t/B"}, {"file": "u.yaml"}])
def test_another_rule_subject_or_file_is_new(system, new):
    (system.project / "u.yaml").touch()
    baseline = written(system, finding())
    found = finding(**new)
    assert divided(system, baseline, finding(), found) == ([found.rule], ["FN001"])


def test_more_of_the_same_are_new(system):
    baseline = written(system, finding(line=1), finding(line=2))
    assert divided(system, baseline, *(finding(line=n) for n in (4, 5, 6))) == (["FN001"], ["FN001", "FN001"])


def test_what_is_gone_is_said_where_it_was_judged(system):
    baseline = written(system, finding(), finding("FN002"))
    new, _ = divide([finding()], baseline, system, lambda _: True)
    assert [(each.rule, each.severity, each.file) for each in new] == [(GONE, Severity.INFO, "baseline.json")]
    assert new[0].message == "1 finding is in the baseline and not found any more"
    assert divided(system, baseline, finding(), judged=lambda rule: rule != "FN002") == ([], ["FN001"])


def test_a_template_that_was_not_judged_is_not_gone_and_one_that_was_deleted_is(system):
    other = system.project / "other.yaml"
    other.touch()
    baseline = written(system, finding(file="other.yaml"))
    assert divided(system, baseline) == ([], [])
    other.unlink()
    assert divided(system, baseline) == ([GONE], [])


def test_a_baseline_holds_on_every_stage_and_in_every_folder(system, monkeypatch):
    def app(stage):
        out = f"cumulo.out/{stage}/api.template.json"
        return System((stack(f"shop-{stage}-api", out, "api"),), project=system.project, app="shop", stage=stage), [
            finding(subject=f"shop-{stage}-api/A", file="infra.py"),
            finding("E3012", subject=f"shop-{stage}-api", file=out),
            finding("SRC003", subject="app.py:f", file="app.py"),
        ]

    dev, prod = app("dev"), app("prod")
    baseline = written(dev[0], *dev[1])
    assert divided(prod[0], baseline, *prod[1]) == ([], ["SRC003", "E3012", "FN001"])
    baseline = written(system, finding())
    (system.project / "sub").mkdir()
    monkeypatch.chdir(system.project / "sub")
    assert divided(system, baseline, finding(file="../t.yaml")) == ([], ["FN001"])


def test_what_was_not_judged_is_never_old(system):
    unreadable = finding("CHK003")
    assert divided(system, written(system, unreadable), unreadable) == (["CHK003"], [])


def test_the_file_is_readable_and_stable(system):
    first = written(system, finding(line=1), finding(line=9), finding("AA001", subject="ü"))
    text = first.file.read_text()
    assert json.loads(text) == {
        "cumulo-baseline": 1,
        "findings": [
            {"rule": "AA001", "file": "t.yaml", "subject": "ü", "count": 1},
            {"rule": "FN001", "file": "t.yaml", "subject": "t/A", "count": 2},
        ],
    }
    assert written(system, finding("AA001", subject="ü"), finding(line=3), finding(line=4)).file.read_text() == text


@given(FINDINGS, FINDINGS)
def test_old_and_new_are_all_that_was_found(before, now):
    """Law: nothing is lost, and what a baseline was made of is not new; writing it again leaves nothing over."""
    system = System(())
    key = [(each.rule, each.file or "", each.subject) for each in before]

    def path(file):
        return (Path.cwd() / file).relative_to(Path.cwd()).as_posix() if file else ""

    baseline = type("B", (), {"known": Counter((rule, path(file), subject) for rule, file, subject in key)})
    baseline.file = Path("b.json")
    new, old = divide(now, baseline, system, lambda _: False)
    assert Counter([*new, *old]) == Counter(now)
    assert divide(before, baseline, system, lambda _: True) == ([], sorted(before, key=lambda each: each.order))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\0",
        '{"Resources": {}}',
        '{"cumulo-baseline": 2, "findings": []}',
        '{"cumulo-baseline": 1, "findings": [{}]}',
        '{"cumulo-baseline": 1, "findings": [{"rule": "A", "file": "", "subject": "", "count": -1}]}',
        '{"cumulo-baseline": 1, "findings": [{"rule": "A", "file": "", "subject": "", "count": true}]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_or_foreign_file_is_one_clear_error_and_never_overwritten(tmp_path, content):
    file = tmp_path / "template.json"
    file.write_text(content)
    with pytest.raises(UsageError, match=r"template\.json: is no baseline"):
        read_baseline(file)
    with pytest.raises(UsageError, match="remove it, or name another"):
        write_baseline(file, [finding()], System(()))
    assert file.read_text() == content


def test_a_missing_one_and_a_folder(tmp_path):
    with pytest.raises(UsageError, match="no such baseline"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read_baseline(tmp_path)


def test_a_named_pipe_is_no_baseline_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(UsageError, match="is no baseline"):
        read_baseline(tmp_path / "pipe.json")
