"""Settings of rules as people write them."""

from __future__ import annotations

import pytest

from cumulo.errors import UsageError
from cumulo.guidelines.settings import check_settings


@pytest.mark.parametrize(
    "settings",
    [
        {"SQS001": {"most": 5}},
        {"COST003": {"low": 0.3, "headroom": 2}},
        {"API006": {"methods": ["POST"]}},
        {"API006": {"methods": []}},
    ],
)
def test_values_like_the_defaults_are_taken(settings):
    assert check_settings(settings) == settings


@pytest.mark.parametrize(
    ("settings", "what", "hint"),
    [
        ({"FN999": {}}, "rules.FN999 is no rule", "FN009"),
        ({"sqs001": {"most": 5}}, "rules.sqs001 is no rule", "did you mean SQS001"),
        ({"ZZ": {}}, "rules.ZZ is no rule", "`cumulo explain` lists all rules"),
        ({"SQS001": {"max": 5}}, "rules.SQS001.max is not known", "settings of SQS001: least, most"),
        ({"S3001": {"max": 5}}, "rules.S3001.max is not known", "settings of S3001: none"),
        ({"SQS001": {"most": "5"}}, "rules.SQS001.most is not of its default's type", "its default: most = 10"),
        ({"SQS001": {"most": True}}, "rules.SQS001.most is not of", "most = 10"),
        ({"SQS001": {"most": 5.5}}, "rules.SQS001.most is not of", "most = 10"),
        ({"API006": {"methods": [1]}}, "rules.API006.methods is not of", 'methods = ["POST", "PUT", "PATCH"]'),
        ({"API006": {"methods": "POST"}}, "rules.API006.methods is not of", 'methods = ["POST"'),
    ],
)
def test_anything_else_is_wrong_usage(settings, what, hint):
    with pytest.raises(UsageError) as problem:
        check_settings(settings)
    assert problem.value.where == "pyproject.toml"
    assert what in problem.value.what
    assert hint in (problem.value.hint or "")
