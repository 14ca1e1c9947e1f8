"""The settings of rules, checked against the rules' own: names, and types as of the defaults."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from cumulo.errors import UsageError
from cumulo.guidelines.discovery import rules

_LONGEST = 100  # characters of a default in a hint


def check_settings(given: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Check settings of rules.

    Parameters
    ----------
    given
        Settings by rule id, as ``[tool.cumulo.check.rules]`` in ``pyproject.toml`` has them.

    Returns
    -------
    Mapping
        The same settings.

    Raises
    ------
    UsageError
        When a rule or setting does not exist, or a value is of another type than its default.

    Examples
    --------
    >>> check_settings({"SQS001": {"most": 5}})
    {'SQS001': {'most': 5}}
    """
    known = {rule.id: rule for rule in rules()}
    for rule_id, values in given.items():
        if rule_id not in known:
            near = get_close_matches(rule_id.upper(), known, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "`cumulo explain` lists all rules"
            raise _wrong(rule_id, "is no rule", hint)
        defaults = known[rule_id].settings
        for name, value in values.items():
            if name not in defaults:
                valid = ", ".join(defaults) or "none"
                raise _wrong(f"{rule_id}.{name}", "is not known", f"settings of {rule_id}: {valid}")
            if not _is_like(value, defaults[name]):
                default = textwrap.shorten(json.dumps(defaults[name]), _LONGEST, placeholder=" …")
                raise _wrong(f"{rule_id}.{name}", "is not of its default's type", f"its default: {name} = {default}")
    return given


def _is_like(value: object, default: object) -> bool:
    """Tell whether a value has a default's type; the elements of lists, too, and an integer is a number."""
    if isinstance(default, tuple):
        kinds = {type(each) for each in default}
        return isinstance(value, list) and (not kinds or all(type(each) in kinds for each in value))
    return type(value) is type(default) or (type(default) is float and type(value) is int)


def _wrong(place: str, what: str, hint: str) -> UsageError:
    return UsageError(f"tool.cumulo.check.rules.{place} {what}", where="pyproject.toml", hint=hint)
