"""The baseline: findings that an old project has had already, so that only new ones count.

A finding is known again by its rule, its file and what it concerns, never by its line or words: code moves, and rules
learn to say things better. Two of the same kind are told apart by counting them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cumulo.errors import UsageError
from cumulo.guidelines.finding import Finding, Severity
from cumulo.guidelines.system import Stack, System
from cumulo.guidelines.template.reading import at_once

DEFAULT_FILE = "cumulo-baseline.json"
GONE = "CHK009"

_VERSION = 1
_MAX_BYTES = 20_000_000
_HINT = "`cumulo check --write-baseline` writes a new one"

Key = tuple[str, str, str]
"""What a finding is known by: rule, file, subject."""


@dataclass(frozen=True)
class Baseline:
    """Findings of old.

    Parameters
    ----------
    file
        Where they are written.
    known
        How many of each kind there were.
    """

    file: Path
    known: Counter[Key]


def read_baseline(file: Path) -> Baseline:
    """Read a baseline file.

    Raises
    ------
    UsageError
        When it cannot be read, or is no baseline.
    """
    try:
        with open(file, "rb", opener=at_once) as opened:
            raw = opened.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError("there is no such baseline", where=str(file), hint=_HINT) from None
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=str(file)) from None
    try:
        data = json.loads(raw) if len(raw) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        data = None
    known = _known(data)
    if known is None:
        raise UsageError("is no baseline of cumulo check, or it is damaged", where=str(file), hint=_HINT)
    return Baseline(file, known)


def write_baseline(file: Path, findings: Iterable[Finding], system: System) -> int:
    """Write findings as a baseline and return how many they are.

    Raises
    ------
    UsageError
        When the file is there and no baseline: nothing else is overwritten.
    """
    from cumulo.synth.assets.cache import write_atomically

    if file.exists():
        try:
            read_baseline(file)
        except UsageError as problem:
            raise UsageError(problem.what, where=problem.where, hint="remove it, or name another file") from None
    counted = Counter(_key(finding, system) for finding in findings if _may_be_old(finding))
    entries = [
        {"rule": rule, "file": path, "subject": subject, "count": count}
        for (rule, path, subject), count in sorted(counted.items())
    ]
    text = json.dumps({"cumulo-baseline": _VERSION, "findings": entries}, indent=1, ensure_ascii=False)
    try:
        write_atomically(file.resolve(), f"{text}\n".encode())
    except OSError as error:
        raise UsageError(f"cannot be written ({error.strerror})", where=str(file)) from None
    return counted.total()


def divide(
    findings: Sequence[Finding], baseline: Baseline, system: System, judged: Callable[[str], bool]
) -> tuple[list[Finding], list[Finding]]:
    """Tell new findings from old ones.

    Parameters
    ----------
    findings
        What was found and not accepted.
    baseline
        What was there before.
    system
        What was judged.
    judged
        Tells whether a rule was judged: only then what it found before can be gone.

    Returns
    -------
    tuple
        The new findings, one about a baseline that can shrink among them, and the old ones.
    """
    left = Counter(baseline.known)
    new: list[Finding] = []
    old: list[Finding] = []
    for finding in sorted(findings, key=lambda finding: finding.order):
        key = _key(finding, system)
        if _may_be_old(finding) and left[key] > 0:
            left[key] -= 1
            old.append(finding)
        else:
            new.append(finding)
    seen = {_path(stack.file, system) for stack in system.stacks} | {_key(each, system)[1] for each in findings}
    base = system.project or Path()
    gone = sum(
        count
        for (rule, file, _), count in left.items()
        if count > 0 and judged(rule) and (system.app or file in seen or not (base / file).exists())
    )
    if gone:
        name = os.path.relpath(baseline.file, base)
        message = f"{gone} finding{'s are' if gone > 1 else ' is'} in the baseline and not found any more"
        fix = "cumulo check --write-baseline, so that they cannot come back unseen"
        new.append(Finding(GONE, Severity.INFO, "the baseline", message, fix, name))
    return new, old


def _may_be_old(finding: Finding) -> bool:
    """Tell what a baseline may hold: not what the check says about itself, as that something was not judged."""
    return not finding.rule.startswith("CHK")


def _key(finding: Finding, system: System) -> Key:
    """Return what a finding is known by, the same on every stage and in every folder that cumulo is called from."""
    stack = next((each for each in system.stacks if _is_in(finding, each)), None) if system.app else None
    if stack is None:
        # Which functions run the code may change.
        subject = finding.subject.partition(" in ")[0] if ".py:" in finding.subject else finding.subject
        return finding.rule, _path(finding.file, system), subject
    file = "" if finding.file == stack.file else _path(finding.file, system)
    return finding.rule, file, stack.scope.stack + finding.subject[len(stack.name) :]


def _is_in(finding: Finding, stack: Stack) -> bool:
    return finding.subject == stack.name or finding.subject.startswith(f"{stack.name}/")


def _path(file: str | None, system: System) -> str:
    if file is None:
        return ""
    base = (system.project or Path()).resolve()
    # Templates are named from the current folder, what lies in a project from there.
    found = next((path for path in (base / file, Path(file)) if path.exists()), base / file)
    path = found.parent.resolve() / found.name
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()


def _known(data: object) -> Counter[Key] | None:
    """Return what a file holds; ``None`` when that is no baseline."""
    if not isinstance(data, dict) or data.get("cumulo-baseline") != _VERSION:
        return None
    entries = data.get("findings")
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        return None
    known: Counter[Key] = Counter()
    for entry in entries:
        known[(entry["rule"], entry["file"], entry["subject"])] += entry["count"]
    return known


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) for name in ("rule", "file", "subject"))
        and type(entry.get("count")) is int
        and entry["count"] > 0
    )
