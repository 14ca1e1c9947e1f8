"""How verbs that work with a stage's data reach it: the one that runs on this machine, else the deployed one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cumulo.assembly import Assembly
from cumulo.cli import shipping
from cumulo.delivery.session import Target, connect
from cumulo.errors import CumuloError


@dataclass(frozen=True)
class Reached:
    """A stage that runs here or is deployed.

    Parameters
    ----------
    assembly
        The stage as it is declared now.
    target
        Where it is: the local cloud, or an account and region.
    running
        What its ``run.json`` says when it runs on this machine; ``None`` when it is a deployed one.
    """

    assembly: Assembly
    target: Target
    running: Mapping[str, Any] | None

    def __str__(self) -> str:
        place = "on this machine" if self.running else f"in {self.target.account}, {self.target.region}"
        return f"{self.assembly.app} {self.assembly.stage} {place}"


def reach(
    project: Path | None, stage: str, region: str | None, profile: str | None, *, remote: bool = False
) -> Reached:
    """Find a stage and connect to it.

    For one that runs on this machine this process becomes the root of its account: everything made with boto3
    afterwards works with the local cloud.

    Parameters
    ----------
    project
        The project's folder; by default the nearest.
    stage
        The stage's name.
    region, profile
        Where a deployed one is looked for.
    remote
        Take the deployed one although the stage runs here.

    Raises
    ------
    CumuloError
        When there is neither a running stage nor a way to AWS.
    """
    from cumulo.local.control import running

    folder = shipping.folder_of(project)
    here = None if remote else running(folder / ".cumulo" / "local" / stage)
    assembly = shipping.declared(folder, stage, region)
    if here is not None:
        _become(here["environment"])
        return Reached(assembly, connect(), here)
    try:
        return Reached(assembly, shipping.target_of(assembly, profile=profile), None)
    except CumuloError as error:
        if not remote:
            local = f"the stage does not run on this machine: `cumulo dev --stage {stage}` starts it"
            error.hint = f"{local}; for a deployed one, {error.hint}" if error.hint else local
        raise


def _become(environment: Mapping[str, str]) -> None:
    """Take on an AWS environment, with nothing of the developer's own left in it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)
    os.environ.update({"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull})
