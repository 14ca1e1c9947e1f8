"""Finding the rules: every file in ``rules/<service>/`` holds one."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from cumulo.guidelines.rule import Rule, SourceRule, TemplateRule

_FOLDER = Path(__file__).parent / "rules"


@cache
def rules() -> tuple[type[Rule], ...]:
    """Return all rules, sorted by id.

    Examples
    --------
    >>> rules()[0].id
    'API001'
    """
    files = (file for file in _FOLDER.glob("*/*.py") if file.stem != "__init__")
    return tuple(sorted((rule for file in files for rule in _rules_in(file)), key=lambda rule: rule.id))


def rule_of(rule_id: str) -> type[Rule] | None:
    """Return the rule with an id, and load no other; ``None`` when there is none.

    Examples
    --------
    >>> rule_of("SQS002").__name__
    'MessagesStayHidden'
    """
    if not rule_id.isalnum():
        return None
    found = (rule for file in _FOLDER.glob(f"*/{rule_id.lower()}_*.py") for rule in _rules_in(file))
    return next((rule for rule in found if rule.id == rule_id.upper()), None)


def _rules_in(file: Path) -> list[type[Rule]]:
    module = importlib.import_module(f"{__package__}.rules.{file.parent.name}.{file.stem}")
    return [
        each
        for each in vars(module).values()
        if getattr(each, "__module__", None) == module.__name__ and isinstance(each, type) and issubclass(each, Rule)
    ]


def template_rules() -> tuple[type[TemplateRule], ...]:
    """Return the rules over templates."""
    return tuple(rule for rule in rules() if issubclass(rule, TemplateRule))


def source_rules() -> tuple[type[SourceRule], ...]:
    """Return the rules over source."""
    return tuple(rule for rule in rules() if issubclass(rule, SourceRule))
