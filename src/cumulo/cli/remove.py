"""``cumulo remove``: delete a deployed stage."""

from __future__ import annotations

from pathlib import Path

import click

from cumulo.cli import options, output


@click.command("remove")
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@options.yes_option
def command(project: Path | None, stage: str, region: str | None, profile: str | None, yes: bool) -> None:
    """Delete every stack of a deployed stage.

    Names what is deleted with its data and what stays. Asks for the stage's name to be typed, or needs --yes.
    Stacks of a production stage are protected from termination, which has to be switched off first.
    """
    from cumulo.cli import shipping
    from cumulo.delivery.remove import remove

    assembly = shipping.declared(project, stage, region)
    target = shipping.target_of(assembly, profile=profile)
    with shipping.talking(shipping.confirm_remove(stage, yes=yes)) as talk:
        removed = remove(assembly, target, talk)
    if removed.stacks:
        output.talk(f"removed {assembly.app} {stage} from {target.account}, {target.region}")
    else:
        output.talk(f"nothing of {assembly.app} {stage} is deployed in {target.account}, {target.region}")
