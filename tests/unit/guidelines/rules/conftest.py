"""Judging templates that a test writes itself."""

from __future__ import annotations

from textwrap import dedent

import pytest

from cumulo.guidelines.assembled import of_templates
from cumulo.guidelines.discovery import template_rules
from cumulo.guidelines.template.reading import read_template


@pytest.fixture
def judge(tmp_path):
    """Judge templates, given as texts, by one rule."""

    def judged(rule_id, *texts, production=False, **settings):
        files = []
        for number, text in enumerate(texts, 1):
            path = tmp_path / f"stack{number}.yaml"
            path.write_text(dedent(text))
            files.append(read_template(path))
        rule = next(rule for rule in template_rules() if rule.id == rule_id)
        return list(rule(settings, production).check(of_templates(files, production=production)))

    return judged
