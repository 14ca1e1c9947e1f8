"""Finding the rules: every file in ``rules/<service>/`` holds one."""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from pathlib import Path

from cumulo.guidelines.rule import Rule, SourceRule, TemplateRule


@cache
def rules() -> tuple[type[Rule], ...]:
    """Return all rules, sorted by id.

    Examples
    --------
    >>> rules()[0].id
    'API001'
    """
    package = f"{__package__}.rules"
    found: list[type[Rule]] = []
    for file in Path(__file__).parent.glob("rules/*/*.py"):
        if file.stem == "__init__":
            continue
        module = importlib.import_module(f"{package}.{file.parent.name}.{file.stem}")
        found.extend(
            each
            for each in vars(module).values()
            if inspect.isclass(each) and issubclass(each, Rule) and each.__module__ == module.__name__
        )
    return tuple(sorted(found, key=lambda rule: rule.id))


def template_rules() -> tuple[type[TemplateRule], ...]:
    """Return the rules over templates."""
    return tuple(rule for rule in rules() if issubclass(rule, TemplateRule))


def source_rules() -> tuple[type[SourceRule], ...]:
    """Return the rules over source."""
    return tuple(rule for rule in rules() if issubclass(rule, SourceRule))
