"""``cumulo alarms``: the states of the alarms of a running stage."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cumulo.cli import options, output
from cumulo.cli.running import running_stage

_COLOURS = {"ALARM": "red", "OK": "green", "INSUFFICIENT_DATA": "yellow"}


@click.command("alarms")
@options.project_option
@options.stage_option
@options.json_option
def command(project: Path | None, stage: str, as_json: bool) -> None:
    """Show the states of the alarms of a stage that runs on this machine, since when they have them, and why."""
    from cumulo.local.control import ask

    about = running_stage(project, stage)
    states = ask(about, {"verb": "alarms"})["alarms"]
    if as_json:
        output.json_data(states)
    elif not states:
        output.talk(f"the stage {stage!r} declares no alarms")
    for line in [] if as_json else lines(states, f"{about['app']}-{stage}-"):
        output.data(line)


def lines(states: Mapping[str, Mapping[str, Any]], prefix: str) -> list[str]:
    """Return a line for each alarm: name, state, since when and why; those that are in alarm first.

    Examples
    --------
    >>> state = {"state": "OK", "reason": "Threshold Crossed: …", "changed": 0.0}
    >>> lines({"items-dev-errors": state}, "items-dev-")[0].split()[:2]
    ['errors', 'OK']
    """
    order = [*_COLOURS]
    ordered = sorted(states.items(), key=lambda item: (order.index(item[1]["state"]), item[0]))
    width = max((len(name.removeprefix(prefix)) for name in states), default=0)
    found = []
    for name, state in ordered:
        padded = f"{state['state']:<17}"
        shown = output.styled(padded, _COLOURS[state["state"]], sys.stdout)
        since = f"{datetime.fromtimestamp(state['changed']):%Y-%m-%d %H:%M:%S}"
        found.append(f"{name.removeprefix(prefix):<{width}}  {shown}  {since}  {state['reason']}")
    return found
