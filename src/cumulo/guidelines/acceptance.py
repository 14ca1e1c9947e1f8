"""Accepted findings: written beside the thing they concern, with a reason.

In Python, for a line, or for a whole function on its ``def`` line::

    table.scan()  # cumulo: accept SRC003 because the table has ten items

In a YAML template, for a property, or for a whole resource beside its logical id::

    Uploads:  # cumulo: accept S3004 because nothing in it ever grows old

In any template::

    Metadata: {Cumulo: {Accept: {FN001: "measured"}}}

In a declaration ``accept={"FN001": "measured"}``, and in ``pyproject.toml`` (see `cumulo.guidelines.config`). Each
names its rules by their ids: there are no wildcards, as nobody can give a reason for rules that do not exist yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from cumulo.guidelines.config import Acceptance
from cumulo.guidelines.finding import Accepted, Finding, Severity
from cumulo.guidelines.system import System

NO_REASON = "CHK001"
USELESS = "CHK002"
UNKNOWN_RULE = "CHK008"


def in_templates(system: System) -> Iterator[Acceptance]:
    """Find what templates and declarations accept."""
    for stack in system.stacks:
        for logical_id, accepted in stack.accepted.items():
            file, line = stack.place(("Resources", logical_id))
            for rule, reason in accepted.items():
                subject = f"{stack.name}/{logical_id}"
                yield Acceptance(rule.upper(), subject, reason.strip(), "the declaration", file, line)
        for resource in (stack.written or stack).resources.values():
            for value in resource.part("Metadata", "Cumulo", "Accept"):
                if not isinstance(value.plain, Mapping):
                    continue
                for rule, reason in value.plain.items():
                    file, line = stack.place((*value.path, rule))
                    text = reason.strip() if isinstance(reason, str) else ""
                    yield Acceptance(str(rule).upper(), resource.subject, text, "the metadata", file, line)


def apply(
    findings: Iterable[Finding],
    acceptances: Iterable[Acceptance],
    *,
    known: Collection[str],
    judged: Callable[[Acceptance], bool],
) -> tuple[list[Finding], list[Accepted]]:
    """Take the accepted findings out, and find what is wrong with the acceptances themselves.

    Parameters
    ----------
    findings
        What was found.
    acceptances
        What was accepted, reason or not.
    known
        Ids of all rules.
    judged
        Tells whether what an acceptance names was judged at all: only then it can be useless.

    Returns
    -------
    tuple
        The findings that remain, those about acceptances included, and the accepted ones.
    """
    remaining: list[Finding] = []
    accepted: list[Accepted] = []
    written = list(acceptances)
    used: set[int] = set()
    of_rule: dict[str, list[int]] = {}
    for number, each in enumerate(written):
        of_rule.setdefault(each.rule, []).append(number)
    for finding in findings:
        by = [number for number in of_rule.get(finding.rule, ()) if _covers(written[number], finding)]
        used.update(by)
        reasons = [written[number].reason for number in by if written[number].reason]
        if reasons:
            accepted.append(Accepted(finding, reasons[0]))
        else:
            remaining.append(finding)
    for number, each in enumerate(written):
        if each.rule not in known:
            remaining.append(_unknown(each, known))
        elif not each.reason:
            remaining.append(_about(each, number in used))
        elif number not in used and judged(each):
            remaining.append(_useless(each))
    return remaining, accepted


def _covers(acceptance: Acceptance, finding: Finding) -> bool:
    if acceptance.lines is not None:
        return finding.file == acceptance.file and finding.line in acceptance.lines
    return fnmatchcase(finding.subject, acceptance.subject)


def _unknown(acceptance: Acceptance, known: Collection[str]) -> Finding:
    from difflib import get_close_matches

    near = get_close_matches(acceptance.rule, known, n=3, cutoff=0.8)
    what = f"accepts {acceptance.rule}, which is no rule" if acceptance.rule else "names no rule that it accepts"
    return Finding(
        UNKNOWN_RULE,
        Severity.WARNING,
        _subject(acceptance),
        f"{acceptance.place} {what}",
        f"did you mean {' or '.join(near)}?" if near else "name each rule by its id: `cumulo explain` lists them",
        acceptance.file,
        acceptance.line,
    )


def _about(acceptance: Acceptance, applies: bool) -> Finding:
    return Finding(
        NO_REASON,
        Severity.WARNING,
        _subject(acceptance),
        f"{acceptance.place} accepts {acceptance.rule} without a reason"
        + ("" if applies else ", and nothing of it is found here"),
        "write why: a reason is what the next reader needs",
        acceptance.file,
        acceptance.line,
    )


def _useless(acceptance: Acceptance) -> Finding:
    return Finding(
        USELESS,
        Severity.INFO,
        _subject(acceptance),
        f"{acceptance.place} accepts {acceptance.rule}, which is not found here",
        "remove it",
        acceptance.file,
        acceptance.line,
    )


def _subject(acceptance: Acceptance) -> str:
    if acceptance.subject != "*":
        return acceptance.subject
    return acceptance.file or acceptance.place
