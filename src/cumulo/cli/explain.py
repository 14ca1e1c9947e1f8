"""``cumulo explain``: what a rule wants, why, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output

if TYPE_CHECKING:
    from cumulo.guidelines.catalogue import Entry


@click.command("explain")
@click.argument("rule", required=False)
@options.json_option
def command(rule: str | None, as_json: bool) -> None:
    """Say what a rule wants, why, and how to mend or accept what it finds.

    RULE is an id like S3004, also one of cfn-lint's like E3012. Without it all rules are listed.
    """
    from cumulo.guidelines.catalogue import entries, entry

    found = (entry(rule),) if rule else entries()
    if as_json:
        data = [asdict(each) for each in found]
        output.json_data(data[0] if rule else data)
        return
    for line in _explained(found[0]) if rule else _listed(found):
        output.data(line)


def _listed(found: tuple[Entry, ...]) -> Iterator[str]:
    for group, members in groupby(found, key=lambda each: each.group):
        yield _strong(group)
        for each in members:
            yield f"  {each.id.ljust(8)} {each.title}"
        yield ""
    yield "cfn-lint's rules stand in the same report: `cumulo explain E3012` works, too."


def _explained(about: Entry) -> Iterator[str]:
    from cumulo.guidelines.catalogue import accepting_lines, setting_lines

    yield _strong(f"{about.id}: {about.title}")
    facts = {
        "severity": about.severity,
        "looks at": about.subject,
        "why": " ".join(about.why.split()),
        "page": about.documentation,
    }
    width = max(map(len, facts))
    for name, value in facts.items():
        if value:
            yield f"  {name.ljust(width)}  {value}"
    yield from _part(
        "Instead"
        if about.in_source or not (about.fix_python or about.fix_sam or about.fix_cdk)
        else "Instead, in a template",
        about.fix,
    )
    yield from _part("Instead, in a declaration with Cumulo", about.fix_python)
    yield from _part("Instead, with SAM", about.fix_sam)
    yield from _part("Instead, with the CDK", about.fix_cdk)
    yield from _part("Settings in pyproject.toml, with their defaults", "\n".join(setting_lines(about)))
    ways = list(accepting_lines(about))
    if ways:
        yield ""
        yield _strong("To accept it, with a reason")
    for place, text in ways:
        yield f"  {place}:"
        yield from (f"    {line}" for line in text.splitlines())


def _part(title: str, text: str) -> Iterator[str]:
    if text:
        yield ""
        yield _strong(title)
        yield from (f"  {line}" for line in text.splitlines())


def _strong(text: str) -> str:
    return click.style(text, bold=True) if output.colours(sys.stdout) else text
