"""Writes ``docs/rules.md`` from the rules' own metadata: ``python -m cumulo.guidelines.rules_page docs/rules.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from cumulo.guidelines.catalogue import CHECK, Entry, entries, setting_lines

_INTRODUCTION = """\
# Rules of `cumulo check`

Made from the rules' own metadata with `make rules-docs`; do not edit it. `cumulo explain S3004` says the same at the
terminal, and about cfn-lint's rules, too, whose findings stand in the same report.

- A finding is **accepted** in writing, with a reason, beside what it concerns: `accept={"S3004": "…"}` in a
  declaration, `# cumulo: accept S3004 because …` on a line of Python or beside a key of a YAML template,
  `Metadata: {Cumulo: {Accept: {S3004: "…"}}}` in any template, or `[[tool.cumulo.check.accept]]` with `rule`,
  `subject` and `reason` in `pyproject.toml`. There are no wildcards for rules.
- **Settings** stand in `pyproject.toml`, with their defaults below.
- "Production" is a stage with `production = true` in `[tool.cumulo.stages.<stage>]`.
"""


def page() -> str:
    """Return the page: a table of all rules, then each of them by what it is about."""
    found = entries()
    return "\n".join([_INTRODUCTION, *_table(found), *_groups(found)]).rstrip() + "\n"


def _table(found: tuple[Entry, ...]) -> Iterator[str]:
    yield "| rule | severity | what has to be so |"
    yield "| --- | --- | --- |"
    for each in found:
        yield f"| [{each.id}](#{each.id.lower()}) | {each.severity} | {_cell(each.title)} |"
    yield ""


def _groups(found: tuple[Entry, ...]) -> Iterator[str]:
    for group, members in groupby(found, key=lambda each: each.group):
        yield f"## {group}\n"
        if group == CHECK:
            yield "Findings about templates, source and acceptances that could not be judged as they are.\n"
        for each in members:
            yield from _section(each)


def _section(each: Entry) -> Iterator[str]:
    yield f"### {each.id}\n"
    yield f"**{_text(each.title)}**\n"
    yield f"- severity: {each.severity}"
    if each.subject:
        yield f"- looks at: {each.subject.replace('*', chr(92) + '*')}"
    yield f"- why: {_text(each.why)}"
    if not each.is_acceptable:
        yield f"- fix: {_text(each.fix)}\n"
        return
    if each.documentation:
        yield f"- documentation: <{each.documentation}>"
    yield ""
    yield from _code("python" if each.in_source else "yaml", each.fix)
    yield from _code("python", each.fix_python)
    yield from _code("yaml", each.fix_sam and f"# With SAM\n{each.fix_sam}")
    yield from _code("python", each.fix_cdk and f"# With the CDK\n{each.fix_cdk}")
    yield from _code("toml", "\n".join(setting_lines(each)))


def _code(language: str, code: str) -> Iterator[str]:
    if code:
        yield f"```{language}\n{code}\n```\n"


def _text(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def main(arguments: list[str]) -> None:
    """Write the page to the file that is named."""
    Path(arguments[0]).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
