"""Everything that there is to say about a rule, for ``cumulo explain`` and ``docs/rules.md``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from cumulo.errors import UsageError
from cumulo.guidelines.cfn_lint import linting
from cumulo.guidelines.cfn_lint.process import is_installed
from cumulo.guidelines.discovery import rule_of, rules
from cumulo.guidelines.finding import Severity
from cumulo.guidelines.own_rules import OWN_RULES
from cumulo.guidelines.rule import OnStage, Rule

CHECK = "The check itself"
_LINT = "cfn-lint"
_PYTHON = "Python"


@dataclass(frozen=True)
class Entry:
    """What there is to say about one rule.

    Parameters
    ----------
    id, title
        What it is called, and what has to be so.
    group
        What it belongs to: ``"S3 buckets"``.
    severity
        How much it matters, by stage, in words.
    why
        The reason.
    subject
        What it looks at: a resource type, ``"Python"``.
    fix, fix_python, fix_sam, fix_cdk
        What to write in a template or in code, and in a declaration with Cumulo, SAM or the CDK where that differs.
    settings
        Settings and their defaults.
    documentation
        The page that it follows.
    """

    id: str
    title: str
    group: str
    severity: str
    why: str
    subject: str = ""
    fix: str = ""
    fix_python: str = ""
    fix_sam: str = ""
    fix_cdk: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    documentation: str = ""

    @property
    def in_source(self) -> bool:
        """Whether it looks at functions' source."""
        return self.subject == _PYTHON

    @property
    def is_acceptable(self) -> bool:
        """Whether what it finds can be accepted: not what the check says about itself."""
        return self.group != CHECK


def entry(rule_id: str) -> Entry:
    """Return what there is to say about a rule, and load no other one.

    Parameters
    ----------
    rule_id
        One of our own ids, or one of cfn-lint's when that is installed; in any case.

    Raises
    ------
    UsageError
        When there is no such rule.

    Examples
    --------
    >>> entry("fn001").title
    'memory is set, 128 to 10240 MB'
    """
    wanted = rule_id.strip().upper()
    if wanted in OWN_RULES:
        return _own(wanted)
    rule = rule_of(wanted)
    if rule is not None:
        return _entry(rule)
    found = _of_cfn_lint(wanted)
    if found is not None:
        return found
    if linting.covers(wanted) and not is_installed():
        raise UsageError("is cfn-lint's, which is not installed", where=rule_id, hint="pip install 'cumulo[check]'")
    near = get_close_matches(wanted, [*(each.id for each in rules()), *OWN_RULES], n=3, cutoff=0.75)
    hint = f"did you mean {' or '.join(near)}?" if near else "`cumulo explain` lists all rules"
    raise UsageError("there is no such rule", where=rule_id, hint=hint)


def entries() -> tuple[Entry, ...]:
    """Return all our own rules by group, those of the check itself last."""
    found = [_entry(rule) for rule in rules()]
    own = [_own(each) for each in OWN_RULES]
    return (*sorted(found, key=lambda each: (each.group, each.id)), *sorted(own, key=lambda each: each.id))


def setting_lines(about: Entry) -> Iterator[str]:
    """Yield how a rule's settings are written in ``pyproject.toml``, with their defaults."""
    if about.settings:
        yield f"[tool.cumulo.check.rules.{about.id}]"
    for name, default in about.settings.items():
        yield f"{name} = {_toml(default)}"


def accepting_lines(about: Entry) -> Iterator[tuple[str, str]]:
    """Yield the ways to accept what a rule finds: where, and what to write there."""
    if not about.is_acceptable:
        return
    comment = f"# cumulo: accept {about.id} because …"
    if about.in_source:
        yield "beside the line, or beside the function's `def`", comment
    else:
        yield "in a declaration", f'accept={{"{about.id}": "…"}}'
        yield "beside a key of a YAML template, or a declaration's line", comment
        yield "in any template, beside Properties", f'Metadata: {{Cumulo: {{Accept: {{{about.id}: "…"}}}}}}'
    subject = "functions/items.py:create" if about.in_source else "stack/LogicalId"
    table = f'[[tool.cumulo.check.accept]]\nrule = "{about.id}"\nsubject = "{subject}"\nreason = "…"'
    yield "in pyproject.toml", table


def _entry(rule: type[Rule]) -> Entry:
    folder = rule.__module__.rpartition(".")[0]
    about = importlib.import_module(folder).__doc__ or ""
    group = about.strip().removeprefix("Rules about ").rstrip(".")
    return Entry(
        id=rule.id,
        title=rule.title,
        group=group[:1].upper() + group[1:],
        severity=_by_stage(rule.severity),
        why=rule.why,
        subject=rule.subject,
        fix=rule.fix,
        fix_python=rule.fix_python if rule.fix_python != rule.fix else "",
        fix_sam=rule.fix_sam,
        fix_cdk=rule.fix_cdk,
        settings=rule.settings,
        documentation=rule.documentation,
    )


def _own(rule_id: str) -> Entry:
    info = OWN_RULES[rule_id]
    return Entry(info.id, info.title, CHECK, info.severity.word, info.why, fix=info.fix)


def _by_stage(severity: OnStage) -> str:
    production, elsewhere = severity.production, severity.elsewhere
    if production == elsewhere:
        return _word(production)
    if elsewhere is None:
        return f"{_word(production)} in production, silent elsewhere"
    if production is None:
        return f"{_word(elsewhere)} outside production, silent there"
    return f"{_word(production)} in production, {_word(elsewhere)} elsewhere"


def _word(severity: Severity | None) -> str:
    return severity.word if severity is not None else "silent"


def _of_cfn_lint(rule_id: str) -> Entry | None:
    """Ask cfn-lint about one of its rules: only then its import is paid."""
    if not is_installed() or not (linting.covers(rule_id) or rule_id in linting.IGNORED):
        return None
    from cfnlint.core import get_rules

    found = next(
        (each for each in get_rules([], [], ["I", "W", "E"], {}, True).rules.values() if each.id == rule_id), None
    )
    if found is None:
        return None
    left_out = linting.IGNORED.get(rule_id)
    return Entry(
        id=rule_id,
        title=found.shortdesc,
        group=_LINT,
        severity=f"{found.severity}, left out by cumulo check: {left_out}" if left_out else found.severity,
        why=found.description,
        subject="the template's form",
        documentation=found.source_url,
    )


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple | list | frozenset):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return str(value)
