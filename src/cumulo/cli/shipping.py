"""What ``deploy`` and ``remove`` show while CloudFormation works, and how they ask."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from cumulo.assembly import Assembly
from cumulo.cli import output
from cumulo.delivery import plan as plans
from cumulo.delivery.events import StackEvent, in_progress
from cumulo.delivery.plan import Plan
from cumulo.delivery.session import Target, connect
from cumulo.delivery.talk import Talk
from cumulo.errors import CumuloError
from cumulo.synth import find_project, synthesize_project

# CloudFormation says twice that it has begun: when it starts, and when the service has answered.
_BEGUN = "Initiated"
# How many names a sentence holds; the plan above it has them all.
_NAMED = 4
_COLOURS = {"+": "green", "~": "yellow", "!": "red", "-": "red"}


def built(project: Path | None, stage: str, region: str | None) -> Assembly:
    """Return the assembly of a stage as it is declared now, with its code packaged.

    Code is packaged for this machine when ``AWS_ENDPOINT_URL`` says that an emulator will run it.
    """
    emulated = bool(os.environ.get("AWS_ENDPOINT_URL"))
    return synthesize_project(
        folder_of(project), stage, assets=True, emulated=emulated, region=region, report=output.talk
    )


def declared(project: Path | None, stage: str, region: str | None) -> Assembly:
    """Return the assembly of a stage as it is declared now, without code; leaves the project's folder as it is."""
    with TemporaryDirectory() as folder:
        return synthesize_project(folder_of(project), stage, region=region, folder=Path(folder))


def folder_of(project: Path | None) -> Path:
    """Return the project's folder: the one that was asked for, else the nearest."""
    return project or find_project(Path.cwd())


def target_of(assembly: Assembly, *, profile: str | None) -> Target:
    """Return the account and region that an assembly goes to."""
    return connect(profile=profile, meant_account=assembly.account, meant_region=assembly.region)


def is_interactive() -> bool:
    """Tell whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


@contextmanager
def talking(confirm: Callable[[Plan], bool]) -> Iterator[Talk]:
    """Show progress on standard error: live on a terminal, else a line for each event.

    Parameters
    ----------
    confirm
        Shows a plan and asks.
    """
    if not output.colours(sys.stderr):
        yield Talk(say=output.talk, event=_print_event, confirm=confirm)
        return
    from rich.console import Console

    status = Console(stderr=True).status("")
    seen: list[StackEvent] = []

    def event(new: StackEvent) -> None:
        seen.append(new)
        working = [each.logical_id for each in in_progress(seen) if each.logical_id != each.stack]
        status.update(f"{new.stack}: {', '.join(working[:4]) or 'finishing'}{' …' if len(working) > 4 else ''}")
        status.start()
        if not new.status.endswith("_IN_PROGRESS") or new.logical_id == new.stack:
            _print_event(new)

    def ask(plan: Plan) -> bool:
        status.stop()
        return confirm(plan)

    try:
        yield Talk(say=output.talk, event=event, confirm=ask)
    finally:
        status.stop()


def show(plan: Plan) -> None:
    """Print a plan, without what stays as it is."""
    for line in plans.lines(plan):
        output.talk(line, style=_COLOURS.get(line.strip()[0]) if line.startswith(" ") else None)


def confirm_deploy(*, yes: bool) -> Callable[[Plan], bool]:
    """Return the way in which ``deploy`` asks.

    With ``--yes`` nothing is asked. At a terminal every plan is. Elsewhere, as in CI, a plan goes ahead unless it
    loses data or deletes a stack.
    """

    def confirm(plan: Plan) -> bool:
        show(plan)
        if yes:
            return True
        if is_interactive():
            return click.confirm(f"{_warning(plan)}Deploy?", err=True)
        if plan.needs_confirmation:
            raise CumuloError(_refusal(plan), hint="look at the plan above; if it is what you want, use --yes")
        return True

    return confirm


def confirm_remove(stage: str, *, yes: bool) -> Callable[[Plan], bool]:
    """Return the way in which ``remove`` asks: for the stage's name to be typed, or ``--yes``."""

    def confirm(plan: Plan) -> bool:
        show(plan)
        if yes:
            return True
        if not is_interactive():
            raise CumuloError(f"deleting the stage {stage!r} needs to be confirmed", hint="use --yes")
        typed: str = click.prompt(f"{_warning(plan)}Type the stage's name to delete it", err=True)
        return typed.strip() == stage

    return confirm


def _warning(plan: Plan) -> str:
    lost = [change.physical_id or change.logical_id for _, change in plan.losses]
    return f"This loses the data of {_some(lost)}. " if lost else ""


def _refusal(plan: Plan) -> str:
    lost = [f"{change.logical_id} in {stack.name}" for stack, change in plan.losses]
    if lost:
        return f"the plan loses the data of {_some(lost)}"
    return f"the plan deletes {_some([stack.name for stack in plan.removed])}"


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"


def _print_event(event: StackEvent) -> None:
    if event.status.endswith("_IN_PROGRESS") and _BEGUN in event.reason:
        return
    bad = "FAILED" in event.status or "ROLLBACK" in event.status
    colour = "red" if bad else "green" if event.status.endswith("_COMPLETE") else "cyan"
    status = output.styled(f"{event.status:<20}", colour, sys.stderr)
    why = f": {' '.join(event.reason.split())}" if event.is_failure and event.reason else ""
    output.talk(f"  {status} {event.logical_id} {event.type}{why}")
