"""Accepted findings: written beside the thing they concern, with a reason.

In Python, for a line, or for a whole function on its ``def`` line::

    table.scan()  # cumulo: accept SRC003 because the table has ten items

In a template::

    Metadata: {Cumulo: {Accept: {FN001: "measured"}}}

In a declaration ``accept={"FN001": "measured"}``, and in ``pyproject.toml`` (see `cumulo.guidelines.config`).
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from cumulo.guidelines.config import Acceptance
from cumulo.guidelines.finding import Accepted, Finding, Severity
from cumulo.guidelines.source.project import FunctionNode
from cumulo.guidelines.system import System

NO_REASON = "CHK001"
USELESS = "CHK002"

_COMMENT = re.compile(r"#\s*cumulo:\s*accept\b(?P<rest>.*)", re.IGNORECASE)
_RULES = re.compile(r"[\s,]*(?P<rule>[A-Za-z]+\d+)")
_REASON = re.compile(r"[\s,:]*(?:because\b|[-\u2013\u2014:])\s*(?P<reason>.*)", re.IGNORECASE | re.DOTALL)


def in_comment(comment: str) -> tuple[tuple[str, ...], str] | None:
    """Read a comment that accepts findings.

    Parameters
    ----------
    comment
        The comment with its ``#``.

    Returns
    -------
    tuple or None
        Ids of the rules and the reason, empty when nobody gave one; ``None`` for any other comment.

    Examples
    --------
    >>> in_comment("# cumulo: accept SRC003, SRC004 because it has ten items")
    (('SRC003', 'SRC004'), 'it has ten items')
    """
    match = _COMMENT.search(comment)
    if match is None:
        return None
    rest = match["rest"]
    rules: list[str] = []
    while (rule := _RULES.match(rest)) is not None:
        rules.append(rule["rule"].upper())
        rest = rest[rule.end() :]
    reason = _REASON.match(rest)
    return tuple(rules), reason["reason"].strip() if reason else ""


def in_source(file: str, text: str) -> Iterator[Acceptance]:
    """Find the accepting comments of a Python file, each with the lines that it covers."""
    if "cumulo:" not in text.lower():
        return
    try:
        tree = ast.parse(text)
        tokens = [
            token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.COMMENT
        ]
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError):
        return
    spans = list(_spans(tree))
    for token in tokens:
        read = in_comment(token.string)
        if read is None:
            continue
        line = token.start[0]
        alone = not token.line[: token.start[1]].strip()
        lines = _covered(spans, _next_code_line(text, line) if alone else line)
        for rule in read[0] or ("",):
            yield Acceptance(rule, "*", read[1], "the comment", file, line, lines)


def _spans(tree: ast.Module) -> Iterator[tuple[range, range]]:
    """Yield for each statement the lines of its head, and the lines that a comment there covers."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None)
        first = min((d.lineno for d in getattr(node, "decorator_list", ())), default=node.lineno)
        end = node.end_lineno or node.lineno
        if isinstance(body, list) and body:
            head = range(first, max(body[0].lineno, node.lineno + 1))
            yield head, range(first, end + 1) if isinstance(node, FunctionNode) else head
        else:
            yield range(first, end + 1), range(first, end + 1)


def _covered(spans: Iterable[tuple[range, range]], line: int) -> range:
    around = [(len(head), covered) for head, covered in spans if line in head]
    return min(around, key=lambda item: item[0])[1] if around else range(line, line + 1)


def _next_code_line(text: str, line: int) -> int:
    lines = text.splitlines()
    for number in range(line, len(lines)):
        stripped = lines[number].strip()
        if stripped and not stripped.startswith("#"):
            return number + 1
    return line


def in_templates(system: System) -> Iterator[Acceptance]:
    """Find what templates and declarations accept."""
    for stack in system.stacks:
        for logical_id, accepted in stack.accepted.items():
            file, line = stack.place(("Resources", logical_id))
            for rule, reason in accepted.items():
                subject = f"{stack.name}/{logical_id}"
                yield Acceptance(rule, subject, reason.strip(), "the declaration", file, line)
        for resource in stack.resources.values():
            for value in resource.part("Metadata", "Cumulo", "Accept"):
                if not isinstance(value.plain, Mapping):
                    continue
                for rule, reason in value.plain.items():
                    file, line = stack.place((*value.path, rule))
                    text = reason.strip() if isinstance(reason, str) else ""
                    yield Acceptance(str(rule), resource.subject, text, "the metadata", file, line)


def apply(
    findings: Iterable[Finding], acceptances: Iterable[Acceptance], judged: Callable[[str], bool]
) -> tuple[list[Finding], list[Accepted]]:
    """Take the accepted findings out, and find what is wrong with the acceptances themselves.

    Parameters
    ----------
    findings
        What was found.
    acceptances
        What was accepted, reason or not.
    judged
        Tells whether a rule was judged at all: only then an acceptance can be useless.

    Returns
    -------
    tuple
        The findings that remain, those about acceptances included, and the accepted ones.
    """
    remaining: list[Finding] = []
    accepted: list[Accepted] = []
    written = list(acceptances)
    used: set[int] = set()
    for finding in findings:
        by = [number for number, each in enumerate(written) if _covers(each, finding)]
        used.update(by)
        reasons = [written[number].reason for number in by if written[number].reason]
        if reasons:
            accepted.append(Accepted(finding, reasons[0]))
        else:
            remaining.append(finding)
    remaining.extend(_about(each, number in used) for number, each in enumerate(written) if not each.reason)
    remaining.extend(
        _useless(each)
        for number, each in enumerate(written)
        if each.reason and number not in used and judged(each.rule)
    )
    return remaining, accepted


def _covers(acceptance: Acceptance, finding: Finding) -> bool:
    if acceptance.rule != finding.rule:
        return False
    if acceptance.lines is not None:
        return finding.file == acceptance.file and finding.line in acceptance.lines
    return fnmatchcase(finding.subject, acceptance.subject)


def _about(acceptance: Acceptance, applies: bool) -> Finding:
    rule = acceptance.rule or "a finding"
    return Finding(
        NO_REASON,
        Severity.WARNING,
        _subject(acceptance),
        f"{acceptance.place} accepts {rule} without a reason"
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
        f"{acceptance.place} accepts {acceptance.rule or 'nothing'}, which is not found here",
        "remove it",
        acceptance.file,
        acceptance.line,
    )


def _subject(acceptance: Acceptance) -> str:
    if acceptance.subject != "*":
        return acceptance.subject
    return acceptance.file or acceptance.place
