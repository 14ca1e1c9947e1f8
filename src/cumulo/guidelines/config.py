"""``[tool.cumulo.check]`` in ``pyproject.toml``: settings of rules, and findings accepted with a reason.

::

    [tool.cumulo.check]
    baseline = "cumulo-baseline.json"   # the findings of old that do not count

    [tool.cumulo.check.rules.SQS001]
    most = 5

    [[tool.cumulo.check.accept]]
    rule = "FN001"
    subject = "items-dev-api/Health"    # a glob; every subject when it is left out
    reason = "measured: 128 MB are enough"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cumulo.errors import UsageError

_FILE = "pyproject.toml"


@dataclass(frozen=True)
class Acceptance:
    """A finding that was accepted in writing.

    Parameters
    ----------
    rule
        Id of the rule.
    subject
        Glob over the findings' subjects.
    reason
        Why; empty when nobody said.
    place
        What wrote it, for findings about the acceptance itself.
    file, line
        Where it is written.
    lines
        Lines of the file that it covers; ``None`` for findings of any place.
    """

    rule: str
    subject: str
    reason: str
    place: str
    file: str | None = None
    line: int | None = None
    lines: range | None = None


@dataclass(frozen=True)
class CheckConfig:
    """How a project wants to be checked.

    Parameters
    ----------
    settings
        Settings of rules, by rule id.
    accepted
        Accepted findings.
    baseline
        File with the findings of old that do not count; relative to the project.
    """

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accepted: tuple[Acceptance, ...] = ()
    baseline: str | None = None


def read_config(project: Path) -> CheckConfig:
    """Read a project's settings for ``cumulo check``.

    Raises
    ------
    UsageError
        When they are not of the form above.
    """
    table = _tool(project).get("check", {})
    if not isinstance(table, dict):
        raise _wrong("tool.cumulo.check", "is not a table")
    unknown = set(table) - {"rules", "accept", "baseline"}
    if unknown:
        where = f"tool.cumulo.check.{min(unknown)}"
        raise _wrong(where, "is not known", hint="there are `rules`, `accept` and `baseline`")
    settings = table.get("rules", {})
    if not isinstance(settings, dict) or not all(isinstance(value, dict) for value in settings.values()):
        raise _wrong("tool.cumulo.check.rules", "is not a table of one table for each rule")
    entries = table.get("accept", [])
    if not isinstance(entries, list):
        raise _wrong("tool.cumulo.check.accept", "is not an array of tables")
    baseline = table.get("baseline")
    if baseline is not None and not (isinstance(baseline, str) and baseline):
        raise _wrong(
            "tool.cumulo.check.baseline", "is not the name of a file", hint='baseline = "cumulo-baseline.json"'
        )
    return CheckConfig(settings, tuple(_acceptance(entry) for entry in entries), baseline)


def is_production(project: Path, stage: str) -> bool:
    """Tell whether a stage is marked as production in ``[tool.cumulo.stages.<stage>]``.

    As for apps, ``prod`` is where no stages are declared.
    """
    stages = _tool(project).get("stages", {})
    if not stages:
        return stage == "prod"
    settings = stages.get(stage, {}) if isinstance(stages, dict) else {}
    return isinstance(settings, dict) and settings.get("production") is True


def _acceptance(entry: object) -> Acceptance:
    where = "tool.cumulo.check.accept"
    if not isinstance(entry, dict) or not isinstance(entry.get("rule"), str):
        raise _wrong(where, "has an entry without a rule", hint='rule = "FN001", subject = "…", reason = "…"')
    unknown = set(entry) - {"rule", "subject", "reason"}
    if unknown:
        raise _wrong(f"{where}.{min(unknown)}", "is not known", hint="there are `rule`, `subject` and `reason`")
    if not entry["rule"].strip().isalnum():
        raise _wrong(
            where,
            f"has {entry['rule']!r} as its rule",
            hint="name one rule by its id; there are no wildcards for rules",
        )
    reason, subject = entry.get("reason", ""), entry.get("subject", "*")
    return Acceptance(entry["rule"].strip().upper(), str(subject), str(reason).strip(), f"[{where}]", _FILE)


def _tool(project: Path) -> Mapping[str, Any]:
    try:
        with (project / _FILE).open("rb") as file:
            found = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"is not TOML ({error})", where=_FILE) from None
    tool = found.get("tool")
    table = tool.get("cumulo") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


def _wrong(where: str, what: str, hint: str | None = None) -> UsageError:
    return UsageError(f"{where} {what}", where=_FILE, hint=hint)
