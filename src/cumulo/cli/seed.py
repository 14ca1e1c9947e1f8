"""``cumulo seed``: fill a stage with data for development."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output

if TYPE_CHECKING:
    from cumulo.cli.reach import Reached


@click.command("seed")
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@options.remote_option
def command(project: Path | None, stage: str, region: str | None, profile: str | None, remote: bool) -> None:
    """Call the project's seed script for a stage: scripts/seed.py, or what [tool.cumulo] seed says.

    Its function is called with the stage: a boto3 session, outputs, the names of the resources. Under `cumulo dev`
    it acts as the account's root, at the time of the stage's clock. A production stage is never seeded.
    """
    from cumulo.cli import shipping
    from cumulo.cli.reach import reach
    from cumulo.delivery import seeding
    from cumulo.synth import open_project

    opened = open_project(shipping.folder_of(project))
    seeding.check_stage(opened.stage(stage, region=region))
    reached = reach(opened.folder, stage, region, profile, remote=remote)
    output.talk(f"seeding {reached}")
    with _time_of(reached):
        seeding.seed(opened, reached.assembly, reached.target, lambda line: output.talk(f"  {line}"))
    output.talk("seeded")


@contextmanager
def _time_of(reached: Reached) -> Iterator[None]:
    """Have this process see the time of the stage, whose clock may have been moved."""
    if not reached.running:
        yield
        return
    from cumulo.local import clock_file
    from cumulo.local.emulator.launcher.clock import MovedTime

    moved = MovedTime()
    moved.to(clock_file.read(reached.assembly.project / ".cumulo" / "local" / reached.assembly.stage))
    try:
        yield
    finally:
        moved.to(0.0)
