"""``cumulo synth``: write the assembly."""

from __future__ import annotations

from pathlib import Path

import click

from cumulo.cli import options, output


@click.command()
@options.project_option
@options.stage_option
@options.region_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@click.option("--no-assets", is_flag=True, help="Write the templates only; package no code.")
@options.json_option
def command(
    stage: str, region: str | None, project: Path | None, out: Path | None, no_assets: bool, as_json: bool
) -> None:
    """Write the CloudFormation templates and code assets of a stage."""
    from cumulo.synth import find_project, synthesize_project

    assembly = synthesize_project(
        project or find_project(Path.cwd()),
        stage,
        region=region,
        folder=out,
        assets=not no_assets,
        report=output.talk,
    )
    if as_json:
        output.json_data({stack.name: stack.template for stack in assembly.stacks})
        return
    for stack in assembly.stacks:
        output.talk(f"{stack.name}: {len(stack.resources)} resources")
    output.data(str(assembly.folder))
