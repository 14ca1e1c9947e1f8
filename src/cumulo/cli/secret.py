"""``cumulo secret``: set, list and remove the values of an app's secrets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError, UsageError

if TYPE_CHECKING:
    from cumulo.cli.reach import Reached
    from cumulo.delivery.secrets import Secret

# What `linked.secret(…).value()` keeps a value for by default, in minutes.
KEPT_MINUTES = 5


@click.group("secret")
def command() -> None:
    """Set, list and remove the values of the secrets that an app declares.

    Works with the stage that runs on this machine, else with the deployed one. A local stage keeps its secrets
    with its other data, in .cumulo/local/STAGE/services of the project, until `cumulo dev --fresh`.
    """


@command.command("set")
@click.argument("name")
@click.argument("value", required=False)
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@options.remote_option
def set_(
    name: str,
    value: str | None,
    project: Path | None,
    stage: str,
    region: str | None,
    profile: str | None,
    remote: bool,
) -> None:
    """Set the secret NAME to a value that is asked for and not shown, or read from standard input with -.

    Functions see a new value when the one they keep is too old: after five minutes at most, unless they say
    otherwise by `max_age`.
    """
    from cumulo.cli.reach import reach
    from cumulo.delivery import secrets

    if value not in (None, "-"):
        output.talk("warning: the value was on the command line, where the shell's history and others may read it")
    reached = reach(project, stage, region, profile, remote=remote)
    secrets.check_declared(reached.assembly, name)
    secrets.set_value(reached.assembly, reached.target, name, _value(name, value))
    _save(reached)
    output.talk(f"set {name} of {reached}; functions that keep the old value see it within {KEPT_MINUTES} minutes")


@command.command("list")
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@options.remote_option
@options.json_option
def list_(
    project: Path | None, stage: str, region: str | None, profile: str | None, remote: bool, as_json: bool
) -> None:
    """List the declared secrets: whether each has a value, and when it was changed; never the values."""
    from cumulo.cli.reach import reach
    from cumulo.delivery import secrets

    reached = reach(project, stage, region, profile, remote=remote)
    found = secrets.listed(reached.assembly, reached.target)
    if as_json:
        output.json_data([_data(secret) for secret in found])
        return
    for line in _lines(found):
        output.data(line)
    if not found:
        output.talk(f"{reached.assembly.app} declares no secrets")


@command.command("remove")
@click.argument("name")
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@options.remote_option
@options.yes_option
def remove(
    name: str,
    project: Path | None,
    stage: str,
    region: str | None,
    profile: str | None,
    remote: bool,
    yes: bool,
) -> None:
    """Remove the value of the secret NAME: functions cannot read it any more.

    `cumulo secret set` brings it back for 30 days; then it is deleted for good.
    """
    from cumulo.cli.reach import reach
    from cumulo.delivery import secrets

    reached = reach(project, stage, region, profile, remote=remote)
    secrets.check_declared(reached.assembly, name)
    if not yes:
        _confirm(name, reached)
    gone = secrets.remove(reached.assembly, reached.target, name)
    _save(reached)
    until = f" until {_time(gone.deleted)}" if gone.deleted else ""
    output.talk(f"removed {name} of {reached}; `cumulo secret set {name}` brings it back{until}")


def _value(name: str, given: str | None) -> str:
    """Return the value to set: asked for without an echo, from standard input, or as it was given."""
    from cumulo.cli.shipping import is_interactive

    if given == "-":
        try:
            return sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise UsageError("the value is not text in UTF-8", where="standard input") from None
    if given is not None:
        return given
    if not is_interactive():
        raise UsageError(
            "there is no terminal to ask for the value at", hint=f"pass it in: … | cumulo secret set {name} -"
        )
    return str(click.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=True, err=True))


def _confirm(name: str, reached: Reached) -> None:
    from cumulo.cli.shipping import is_interactive

    if not is_interactive():
        raise CumuloError(f"removing the secret {name!r} needs to be confirmed", hint="use --yes")
    if not click.confirm(f"Remove {name} of {reached}?", err=True):
        raise CumuloError("not confirmed, so nothing is removed")


def _save(reached: Reached) -> None:
    """Have a running stage write its data to disk now: it is there after a kill."""
    from cumulo.local.control import ask

    if reached.running:
        ask(reached.running, {"verb": "save"})


def _lines(found: Sequence[Secret]) -> Sequence[str]:
    width = max((len(secret.id) for secret in found), default=0)
    return [f"{secret.id:<{width}}  {_said(secret)}" for secret in found]


def _said(secret: Secret) -> str:
    if secret.state == "removed" and secret.deleted:
        return f"removed, deleted for good {_time(secret.deleted)}"
    return f"set {_time(secret.changed)}" if secret.changed else secret.state


def _data(secret: Secret) -> dict[str, object]:
    times = {"changed": secret.changed, "deleted": secret.deleted}
    return {**asdict(secret), **{key: value.isoformat() if value else None for key, value in times.items()}}


def _time(when: datetime) -> str:
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S")
