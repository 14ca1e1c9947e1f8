"""Judging a system: rules over templates and source, cfn-lint, and what was accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.guidelines import acceptance, baseline, comments, secrets
from cumulo.guidelines.baseline import Baseline
from cumulo.guidelines.cfn_lint import linting
from cumulo.guidelines.cfn_lint.process import Worker, is_installed
from cumulo.guidelines.config import Acceptance, CheckConfig
from cumulo.guidelines.discovery import rules, source_rules, template_rules
from cumulo.guidelines.edits import Edit, Replace
from cumulo.guidelines.finding import Finding, Report, Severity
from cumulo.guidelines.own_rules import BROKEN_RULE, OWN_RULES, REPEATED, UNREADABLE
from cumulo.guidelines.settings import check_settings
from cumulo.guidelines.source.code import Code
from cumulo.guidelines.sources import codes
from cumulo.guidelines.system import System
from cumulo.guidelines.template.reading import TemplateFile


def check(
    system: System,
    config: CheckConfig | None = None,
    *,
    lint: bool = True,
    cache: Path | None = None,
    before: Iterable[Finding] = (),
    linter: Worker | None = None,
    old: Baseline | None = None,
) -> Report:
    """Judge a system.

    Parameters
    ----------
    system
        The stacks and, when their code is at hand, the functions; see `of_assembly` and `of_templates`.
    config
        Settings of rules and accepted findings.
    lint
        Whether cfn-lint judges the templates, too.
    cache
        Folder where cfn-lint's answers are kept.
    before
        What was found while the system was read.
    linter
        cfn-lint's process, when it was started before the system was there; see `cfn_lint.process.ahead`.
    old
        Findings that do not count, as they were there before.

    Returns
    -------
    Report
        What was found, sorted by place.

    Raises
    ------
    UsageError
        When the settings name a rule or setting that does not exist.

    Examples
    --------
    >>> check(of_templates([read_template(Path("template.yaml"))]))  # doctest: +SKIP
    Report(findings=(…), …)
    """
    config = config or CheckConfig()
    settings = check_settings(config.settings)
    can_lint = lint and is_installed()
    running = linting.start(system, cache, linter) if can_lint and system.stacks else None
    findings = [*before, *(linting.not_installed() if lint else ()), *secrets.not_installed()]
    findings += _judge_templates(system, settings)
    sources = codes(system)
    for source in sources:
        findings += source.named(_judge_source(system, source.code, settings))
    code = [source.code for source in sources]
    linted, lint_rules = running.findings() if running else ([], {})
    findings += linted
    findings = _with_all_edits(findings)
    judged = _judged(system, findings, with_source=bool(code), with_lint=can_lint)
    acceptances = [*config.accepted, *acceptance.in_templates(system), *_comments(system, code)]
    remaining, accepted = acceptance.apply(
        findings,
        acceptances,
        known=_known(acceptances),
        judged=lambda each: judged(each.rule) and _is_here(each, system),
    )
    remaining, known = baseline.divide(remaining, old, system, judged) if old else (remaining, [])
    named = {finding.rule for finding in (*remaining, *known, *(each.finding for each in accepted))}
    infos = {**OWN_RULES, **lint_rules, **{rule.id: rule.info() for rule in rules()}}
    return Report(
        findings=tuple(sorted(set(remaining), key=lambda finding: finding.order)),
        accepted=tuple(sorted(set(accepted), key=lambda each: each.finding.order)),
        rules={rule: infos[rule] for rule in sorted(named)},
        checked=tuple(stack.name for stack in system.stacks),
        baselined=tuple(sorted(set(known), key=lambda finding: finding.order)),
        texts=_texts(remaining, code),
    )


def unreadable(problem: CumuloError) -> Finding:
    """Turn what is wrong with a file that could not be read into a finding."""
    where = problem.where or "template"
    file, _, line = where.rpartition(":")
    numbered = bool(file) and line.isdigit()
    return Finding(
        UNREADABLE,
        Severity.ERROR,
        file if numbered else where,
        problem.what,
        problem.hint or "",
        file if numbered else where,
        int(line) if numbered else None,
    )


def repeated(file: TemplateFile) -> Iterator[Finding]:
    """Yield keys that a template has twice."""
    for path in file.repeated:
        message = f"the key {path[-1]} is written twice: only the last one counts"
        name = str(file.path)
        yield Finding(REPEATED, Severity.WARNING, name, message, "remove one of them", name, file.lines.get(path))


def more_documents(file: TemplateFile) -> Iterator[Finding]:
    """Yield that only the first YAML document of a template's file is one."""
    if file.second is not None:
        name = str(file.path)
        message = "a second YAML document begins here: only the first one is judged"
        fix = "one template in a file: CloudFormation takes no more"
        yield Finding(UNREADABLE, Severity.ERROR, name, message, fix, name, file.second)


def _judge_templates(system: System, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    beyond = {stack.subject(logical_id) for stack in system.stacks for logical_id in stack.beyond}
    for rule in template_rules():
        if rule.severity.on(system.production) is not None:
            found = _guarded(rule.id, rule(settings.get(rule.id, {}), system.production).check(system))
            yield from (finding for finding in found if finding.subject not in beyond)


def _judge_source(system: System, code: Code, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    yield from map(unreadable, code.project.problems)
    for rule in source_rules():
        if rule.severity.on(system.production) is not None:
            yield from _guarded(rule.id, rule(settings.get(rule.id, {}), system.production).check(code))


def _guarded(rule: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Pass findings on; a rule that fails must not hide what the others found."""
    try:
        yield from findings
    except Exception as error:
        message = f"the rule failed on this input ({type(error).__name__}: {error})"
        yield Finding(BROKEN_RULE, Severity.ERROR, rule, message, "report it")


def _with_all_edits(findings: Iterable[Finding]) -> list[Finding]:
    """Make one of equal findings, as of two calls on one line, that mends them all."""
    edits: dict[Finding, list[Edit]] = {}
    for finding in findings:
        known = edits.setdefault(finding, [])
        known += [edit for edit in finding.edits if edit not in known]
    return [replace(finding, edits=tuple(found)) for finding, found in edits.items()]


def _comments(system: System, code: Iterable[Code]) -> Iterator[Acceptance]:
    """Yield what comments accept: in the functions' modules, in files that declare resources, in YAML templates."""
    texts = {module.file: module.text for each in code for module in each.modules}
    declaring = {source.file for stack in system.stacks for source in stack.sources.values()}
    for file in sorted(declaring - set(texts)):
        path = (system.project or Path()) / file
        if path.suffix == ".py" and path.is_file():
            texts[file] = path.read_text(encoding="utf-8", errors="replace")
    for file, text in texts.items():
        yield from comments.in_source(file, text)
    for file in dict.fromkeys(stack.file for stack in system.stacks if stack.lines):
        path = Path(file)
        if path.is_file():
            yield from comments.in_yaml(file, path.read_bytes().decode("utf-8-sig", errors="replace"))


def _judged(
    system: System, findings: Iterable[Finding], *, with_source: bool, with_lint: bool
) -> Callable[[str], bool]:
    """Return what tells whether a rule was judged to its end: on this stage, without a failure."""
    failed = {finding.subject for finding in findings if finding.rule == BROKEN_RULE}
    with_lint = with_lint and not any(finding.rule == linting.FAILED for finding in findings)
    judged = {each.id for each in template_rules() if each.severity.on(system.production) is not None}
    if with_source:
        judged |= {each.id for each in source_rules() if each.severity.on(system.production) is not None}
    return lambda rule: rule in judged - failed or rule in OWN_RULES or (with_lint and linting.covers(rule))


def _is_here(accepted: Acceptance, system: System) -> bool:
    """Tell whether what an acceptance names is in this system: ``pyproject.toml`` has those of other stages, too."""
    stack, slash, _ = accepted.subject.partition("/")
    if accepted.lines is not None or ".py" in accepted.subject:
        return True
    if not slash:
        return any(fnmatchcase(each.subject, accepted.subject) for each in system.resources)
    return any(fnmatchcase(each.name, stack) for each in system.stacks)


def _known(acceptances: Iterable[Acceptance]) -> set[str]:
    """Return the ids of all rules; of cfn-lint's those that are named, as only cfn-lint knows them."""
    lint = {each.rule for each in acceptances if linting.covers(each.rule) or each.rule in linting.IGNORED}
    return {rule.id for rule in rules()} | set(OWN_RULES) | lint


def _texts(findings: Iterable[Finding], code: Iterable[Code]) -> dict[str, str]:
    """Return the Python files that have edits, as they were judged."""
    files = {edit.file for finding in findings for edit in finding.edits if isinstance(edit, Replace)}
    return {module.file: module.text for each in code for module in each.project.modules if module.file in files}
