"""``cumulo deploy``: ship a stage."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from cumulo.assembly import Assembly


@click.command("deploy")
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@click.option("--no-check", is_flag=True, help="Deploy although the guidelines find errors.")
@options.yes_option
@options.json_option
def command(
    project: Path | None,
    stage: str,
    region: str | None,
    profile: str | None,
    yes: bool,
    as_json: bool,
    no_check: bool,
) -> None:
    """Check and build a stage, and deploy it with CloudFormation.

    Shows the plan first. A plan that replaces or deletes something that holds data, or deletes a stack,
    needs an answer or --yes. Works against AWS, or what AWS_ENDPOINT_URL names.
    """
    from cumulo.cli import shipping
    from cumulo.delivery import outputs
    from cumulo.delivery.execute import deploy

    assembly = shipping.built(project, stage, region)
    if not no_check:
        _check(assembly)
    target = shipping.target_of(assembly, profile=profile)
    output.talk(f"deploying {assembly.app} {stage} to {target.account}, {target.region}")
    with shipping.talking(shipping.confirm_deploy(yes=yes)) as talk:
        done = deploy(assembly, target, talk)
    output.talk("deployed" if done.changed else "nothing has changed")
    if as_json:
        output.json_data(asdict(done))
    else:
        for line in outputs.lines({each.id: each.outputs for each in done.stacks}):
            output.data(line)


def _check(assembly: Assembly) -> None:
    """Refuse what the guidelines call an error."""
    from cumulo.guidelines.assembled import of_assembly
    from cumulo.guidelines.config import read_config
    from cumulo.guidelines.engine import check
    from cumulo.guidelines.finding import Severity

    cache = assembly.project / ".cumulo" / "cache" / "check"
    report = check(of_assembly(assembly), read_config(assembly.project), cache=cache)
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    for finding in errors:
        place = f"{finding.file}:{finding.line}: " if finding.file else ""
        output.talk(f"{place}{finding.rule} {finding.subject}: {finding.message}", style="red")
    if errors:
        raise CumuloError(
            f"the guidelines find {len(errors)} error{'s' if len(errors) > 1 else ''}, so it is not deployed",
            hint="mend them (`cumulo check` says how), accept them with a reason, or use --no-check",
        )
