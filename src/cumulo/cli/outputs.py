"""``cumulo outputs``: the outputs of a stage."""

from __future__ import annotations

from pathlib import Path

import click

from cumulo.cli import options, output


@click.command("outputs")
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@click.option("--remote", is_flag=True, help="Ask for what is deployed, although the stage runs on this machine.")
@options.json_option
def command(
    project: Path | None, stage: str, region: str | None, profile: str | None, as_json: bool, remote: bool
) -> None:
    """Show the outputs of a stage: of the one that runs on this machine, else of what is deployed."""
    from cumulo.cli import shipping
    from cumulo.delivery import outputs
    from cumulo.local.control import running

    here = None if remote else running(shipping.folder_of(project) / ".cumulo" / "local" / stage)
    if here:
        values = here["outputs"]
    else:
        assembly = shipping.declared(project, stage, region)
        target = shipping.target_of(assembly, profile=profile)
        values = outputs.deployed_outputs(assembly, target)
    if as_json:
        output.json_data(values)
        return
    for line in outputs.lines(values):
        output.data(line)
