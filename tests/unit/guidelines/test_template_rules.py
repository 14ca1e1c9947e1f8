"""Each template rule over its fixtures: a line with ``# finding`` has one, and no other line does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.guidelines.measured import facts_of

from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.discovery import template_rules
from cumulo.guidelines.finding import Severity
from cumulo.guidelines.template.reading import read_template

FIXTURES = Path(__file__).parent / "fixtures"
RULES = {rule.id: rule for rule in template_rules()}
# Termination protection is no part of a template: rules/test_delivery.py judges stacks that say it.
NOT_IN_TEMPLATES = {"DEP002"}
CASES = [(rule, kind) for rule in RULES if rule not in NOT_IN_TEMPLATES for kind in ("good", "bad", "edge")]
# Time goes on, and the fixtures do not.
SETTINGS = {"FN005": {"on": "2026-11-21"}}


def judge(rule_id, path, *, production=None):
    rule = RULES[rule_id]
    production = rule.severity.elsewhere is None if production is None else production
    system = replace(of_templates([read_template(path)], production=production), facts=facts_of(FIXTURES / rule_id))
    return list(rule(SETTINGS.get(rule_id, {}), production).check(system))


@pytest.mark.parametrize(("rule", "kind"), CASES)
def test_findings_are_where_the_fixture_says(rule, kind):
    path = FIXTURES / rule / f"{kind}.yaml"
    marked = [number for number, line in enumerate(path.read_text().splitlines(), 1) if line.endswith("# finding")]
    assert sorted(finding.line for finding in judge(rule, path)) == marked
    assert bool(marked) is (kind == "bad") or kind == "edge"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_explains_itself(rule):
    assert rule.title
    assert rule.why
    assert rule.fix
    assert rule.subject
    assert rule.__doc__


def test_visibility_below_the_timeout_is_an_error_and_below_six_times_a_warning():
    bad = judge("SQS002", FIXTURES / "SQS002" / "bad.yaml")
    edge = judge("SQS002", FIXTURES / "SQS002" / "edge.yaml")
    assert [finding.severity for finding in bad + edge] == [Severity.ERROR, Severity.WARNING, Severity.WARNING]
    assert bad[0].fix == "VisibilityTimeout: 180"


def test_any_origin_is_an_error_in_production_only():
    path = FIXTURES / "API001" / "bad.yaml"
    assert {f.severity for f in judge("API001", path, production=True)} == {Severity.ERROR}
    assert {f.severity for f in judge("API001", path, production=False)} == {Severity.INFO}


def test_production_keeps_logs_for_thirty_days():
    assert "14 days" in judge("LOG001", FIXTURES / "LOG001" / "good.yaml", production=True)[0].message


def test_a_secret_is_never_shown():
    found = judge("SEC001", FIXTURES / "SEC001" / "bad.yaml")
    assert not [f for f in found if "swordfish1" in repr(f) or "AKIAIOSFODNN7EXAMPLE" in repr(f)]
