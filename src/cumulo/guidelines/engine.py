"""Judging a system: rules over templates and source, cfn-lint, and what was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError, UsageError
from cumulo.guidelines import acceptance, cfn_lint
from cumulo.guidelines.cfn_lint_process import Worker, is_installed
from cumulo.guidelines.config import Acceptance, CheckConfig
from cumulo.guidelines.discovery import rules, source_rules, template_rules
from cumulo.guidelines.finding import Finding, Report, RuleInfo, Severity
from cumulo.guidelines.source.code import Code
from cumulo.guidelines.system import System
from cumulo.guidelines.template.reading import TemplateFile

UNREADABLE = "CHK003"
REPEATED = "CHK004"
BROKEN_RULE = "CHK006"
NOT_EXPANDED = "CHK007"

OWN_RULES: Mapping[str, RuleInfo] = {
    info.id: info
    for info in (
        RuleInfo(
            acceptance.NO_REASON,
            "an accepted finding has a reason",
            "nobody can judge a suppression without its reason",
            "write why",
            Severity.WARNING,
        ),
        RuleInfo(
            acceptance.USELESS,
            "an acceptance applies to something",
            "it would hide the next finding of its kind",
            "remove it",
            Severity.INFO,
        ),
        RuleInfo(UNREADABLE, "what is judged can be read", "it was not judged", "", Severity.ERROR),
        RuleInfo(REPEATED, "a key is written once", "only the last one counts", "remove one of them", Severity.WARNING),
        RuleInfo(cfn_lint.FAILED, "cfn-lint can judge the template", "its form was not judged", "", Severity.ERROR),
        RuleInfo(
            BROKEN_RULE,
            "every rule can be judged",
            "the rule has a defect: what it looks for was not judged",
            "report it",
            Severity.ERROR,
        ),
        RuleInfo(
            NOT_EXPANDED,
            "the template is plain CloudFormation",
            "what a transform makes of it is not seen",
            "check the template that `sam build` or the change set shows",
            Severity.INFO,
        ),
    )
}


def check(
    system: System,
    config: CheckConfig | None = None,
    *,
    lint: bool = True,
    cache: Path | None = None,
    before: Iterable[Finding] = (),
    linter: Worker | None = None,
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
        cfn-lint's process, when it was started before the system was there; see `cfn_lint_process.ahead`.

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
    settings = _settings(config.settings)
    can_lint = lint and is_installed()
    running = cfn_lint.start(system, cache, linter) if can_lint and system.stacks else None
    findings = [*before, *(cfn_lint.not_installed() if lint else ()), *_transforms(system)]
    findings += _judge_templates(system, settings)
    code = _code(system)
    accepted_in_code: list[Acceptance] = []
    if code is not None:
        findings += _judge_source(system, code, settings)
    accepted_in_code += _comments(system, code)
    linted, lint_rules = running.findings() if running else ([], {})

    def judged(rule: str) -> bool:
        return _is_judged(rule, system.production, code is not None) or (can_lint and cfn_lint.covers(rule))

    acceptances = [*config.accepted, *acceptance.in_templates(system), *accepted_in_code]
    remaining, accepted = acceptance.apply([*findings, *linted], acceptances, judged)
    named = {finding.rule for finding in (*remaining, *(each.finding for each in accepted))}
    infos = {**OWN_RULES, **lint_rules, **{rule.id: rule.info() for rule in rules()}}
    return Report(
        findings=tuple(sorted(set(remaining), key=lambda finding: finding.order)),
        accepted=tuple(sorted(set(accepted), key=lambda each: each.finding.order)),
        rules={rule: infos[rule] for rule in sorted(named)},
        checked=tuple(stack.name for stack in system.stacks),
    )


def unreadable(problem: CumuloError) -> Finding:
    """Turn a template that could not be read into a finding."""
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


def _settings(given: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Check settings against the rules' own; names are the rules', types those of the defaults."""
    known = {rule.id: rule for rule in rules()}
    for rule_id, values in given.items():
        if rule_id not in known:
            raise UsageError(
                f"there is no rule {rule_id}", where="tool.cumulo.check.rules", hint="rules: " + ", ".join(known)
            )
        for name, value in values.items():
            where = f"tool.cumulo.check.rules.{rule_id}.{name}"
            defaults = known[rule_id].settings
            if name not in defaults:
                valid = ", ".join(defaults) or "none"
                raise UsageError("there is no such setting", where=where, hint=f"settings of {rule_id}: {valid}")
            wanted = list if isinstance(defaults[name], tuple) else type(defaults[name])
            if type(value) is not wanted:
                raise UsageError(f"is not of type {wanted.__name__}", where=where)
    return given


def _judge_templates(system: System, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for rule in template_rules():
        if rule.severity.on(system.production) is not None:
            yield from _guarded(rule.id, rule(settings.get(rule.id, {}), system.production).check(system))


def _judge_source(system: System, code: Code, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for file, line, what in code.project.problems:
        yield Finding(UNREADABLE, Severity.ERROR, file, what, "", file, line)
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


def _transforms(system: System) -> Iterator[Finding]:
    for stack in system.stacks:
        found = stack.scope.template.get("Transform")
        for name in found if isinstance(found, list) else [found]:
            if isinstance(name, str) and name.startswith("AWS::Serverless"):
                file, line = stack.place(("Transform",))
                message = f"the transform {name} is not expanded: its resources are not judged"
                yield Finding(NOT_EXPANDED, Severity.INFO, stack.name, message, OWN_RULES[NOT_EXPANDED].fix, file, line)


def _code(system: System) -> Code | None:
    if system.project is None or not system.functions:
        return None
    from cumulo.guidelines.source.reach import code_of

    return code_of(system.project, [function.handler for function in system.functions])


def _comments(system: System, code: Code | None) -> Iterator[Acceptance]:
    """Yield what comments accept, in the functions' modules and in the files that declare resources."""
    texts = {module.file: module.text for module in code.modules} if code else {}
    declaring = {source.file for stack in system.stacks for source in stack.sources.values()}
    for file in sorted(declaring - set(texts)):
        path = (system.project or Path()) / file
        if path.suffix == ".py" and path.is_file():
            texts[file] = path.read_text(encoding="utf-8", errors="replace")
    for file, text in texts.items():
        yield from acceptance.in_source(file, text)


def _is_judged(rule: str, production: bool, with_source: bool) -> bool:
    templates = {each.id for each in template_rules() if each.severity.on(production) is not None}
    sources = {each.id for each in source_rules()} if with_source else set()
    return rule in templates | sources or rule not in {each.id for each in rules()} | _foreign(rule)


def _foreign(rule: str) -> set[str]:
    return {rule} if cfn_lint.covers(rule) else set()
