"""``cumulo check --fix``: a diff, a question, and the change."""

from __future__ import annotations

import sys

import click

from cumulo.cli import output
from cumulo.cli.judging import Judged
from cumulo.errors import CumuloError
from cumulo.guidelines.finding import Report
from cumulo.guidelines.mending.files import Mending, plan, write

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def mend(judged: Judged, report: Report, *, yes: bool) -> bool:
    """Show what the edits of a report change, ask, and carry it out.

    Parameters
    ----------
    judged
        What was judged.
    report
        What was found.
    yes
        Whether to ask nothing.

    Returns
    -------
    bool
        Whether any file was changed.
    """
    mending = plan(report, judged.system, judged.files)
    for line in mending.left_out:
        output.talk(_clean(line), style="yellow")
    if not mending.changes:
        output.talk("there is nothing that can be mended without your judgement")
        return False
    _show(mending)
    if not (yes or _agreed(mending)):
        output.talk("nothing was changed")
        return False
    for done, change in enumerate(mending.changes):
        try:
            write(change)
        except CumuloError:
            if done:
                output.talk(f"mended {', '.join(each.name for each in mending.changes[:done])}")
            raise
    output.talk(f"mended {_count(mending)}")
    return True


def _show(mending: Mending) -> None:
    for change in mending.changes:
        for line in change.diff():
            output.talk(_clean(line), style=_COLOURS.get(line[:1]))


def _agreed(mending: Mending) -> bool:
    if sys.stdin.isatty() and sys.stderr.isatty():
        return click.confirm(f"Mend {_count(mending)}?", err=True)
    output.talk(f"`cumulo check --fix --yes` mends {_count(mending)}: nobody is here to be asked")
    return False


def _count(mending: Mending) -> str:
    findings, files = mending.findings, len(mending.changes)
    return f"{findings} finding{'s' * (findings != 1)} in {files} file{'s' * (files != 1)}"


def _clean(line: str) -> str:
    """Drop control characters: a terminal obeys those in a stranger's file."""
    return "".join(each if each.isprintable() or each == "\t" else " " for each in line)
