"""What is said about rules: `cumulo explain` and docs/rules.md."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cumulo.errors import UsageError
from cumulo.guidelines.catalogue import CHECK, accepting_lines, entries, entry, setting_lines
from cumulo.guidelines.comments import in_comment
from cumulo.guidelines.discovery import rule_of, rules
from cumulo.guidelines.rules_page import page

ROOT = Path(__file__).parents[3]


def test_every_rule_has_an_entry_with_a_title_a_reason_and_a_page():
    found = {each.id: each for each in entries()}
    assert {rule.id for rule in rules()} | {f"CHK{n:03}" for n in range(1, 11)} <= set(found)
    for each in found.values():
        assert each.title
        assert each.why
        assert each.fix
        assert each.group
        if each.group != CHECK:
            assert each.documentation.startswith("https://")
            assert each.subject


def test_an_entry_is_found_in_any_case_and_is_that_of_the_list():
    for each in entries():
        assert entry(each.id.lower()) == each


def test_one_rule_is_loaded_and_no_other():
    code = (
        "import sys; from cumulo.guidelines.catalogue import entry; entry('SQS002');"
        "print([name for name in sys.modules if name.startswith('cumulo.guidelines.rules.')], 'cfnlint' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == ("['cumulo.guidelines.rules.queue', 'cumulo.guidelines.rules.queue.sqs002_visibility'] False")


def test_cfn_lints_rules_are_explained_too():
    found = entry("e3002")
    assert (found.id, found.severity, found.group) == ("E3002", "error", "cfn-lint")
    assert found.title
    assert found.documentation.startswith("https://")
    assert "FN005" in entry("W2531").severity


@pytest.mark.parametrize("wanted", ["SQS0002", "sqs02", "../x", "", "*", "E9998", "SQS*"])
def test_an_unknown_rule_is_wrong_usage(wanted):
    with pytest.raises(UsageError, match="there is no such rule") as problem:
        entry(wanted)
    assert problem.value.hint


def test_those_that_may_be_meant_are_named():
    with pytest.raises(UsageError) as problem:
        entry("SQS0002")
    assert "SQS002" in str(problem.value.hint)
    assert rule_of("*") is None


def test_settings_are_toml_with_the_defaults_and_acceptances_are_read_back():
    for each in entries():
        lines = "\n".join(setting_lines(each))
        table = tomllib.loads(lines)
        if not each.settings:
            assert lines == ""
            continue
        read = table["tool"]["cumulo"]["check"]["rules"][each.id]
        assert read.keys() == each.settings.keys()
        for name, default in each.settings.items():
            assert read[name] == (sorted(default) if isinstance(default, frozenset) else _as_toml(default))
    for each in entries():
        ways = dict(accepting_lines(each))
        assert bool(ways) is each.is_acceptable
        for text in ways.values():
            if text.startswith("#"):
                assert in_comment(text) == ((each.id,), "…")


def test_names_of_settings_are_all_written_alike():
    for each in entries():
        for name in each.settings:
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), f"{each.id}.{name}"


def _as_toml(default):
    return list(default) if isinstance(default, tuple) else default


def test_the_page_has_an_anchor_for_each_rule():
    text = page()
    for each in entries():
        assert f"\n### {each.id}\n" in text
        assert f"[{each.id}](#{each.id.lower()})" in text
    assert "tool.cumulo.check.rules.SQS001" in text


def test_the_page_in_the_repository_is_current():
    assert (ROOT / "docs/rules.md").read_text() == page(), "run `make rules-docs`"
