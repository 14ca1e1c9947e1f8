"""``cumulo diff``: how a stage differs from what is deployed."""

from __future__ import annotations

from pathlib import Path

import click

from cumulo.cli import options, output

DIFFERS = 3


@click.command("diff")
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@click.option("--exit-code", is_flag=True, help=f"Exit with {DIFFERS} when something differs.")
@options.json_option
@click.pass_context
def command(
    context: click.Context,
    project: Path | None,
    stage: str,
    region: str | None,
    profile: str | None,
    as_json: bool,
    exit_code: bool,
) -> None:
    """Compare a stage with what is deployed, and change nothing."""
    from cumulo.cli import shipping
    from cumulo.delivery import differ

    assembly = shipping.built(project, stage, region)
    target = shipping.target_of(assembly, profile=profile)
    diffs = differ.diff(assembly, target)
    differs = any(stack.state != "same" for stack in diffs)
    if as_json:
        output.json_data(differ.as_data(diffs))
    for line in () if as_json else differ.lines(diffs):
        output.data(line)
    if not differs:
        output.talk(f"{assembly.app} {stage} is deployed as it is declared")
    if differs and exit_code:
        context.exit(DIFFERS)
