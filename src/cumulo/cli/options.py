"""The options that several verbs share, one decorator each.

Every verb has them in one order: project, stage, region, profile, then its own, then yes and json.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Any)


def stage_option(command: Command) -> Command:
    """Add ``--stage``: which stage; then ``CUMULO_STAGE``, then ``dev``."""
    return click.option(
        "--stage",
        "-s",
        envvar="CUMULO_STAGE",
        show_envvar=True,
        default="dev",
        show_default=True,
        help="Stage to work on.",
    )(command)


def region_option(command: Command) -> Command:
    """Add ``--region``: overrides the stage's region."""
    return click.option("--region", help="AWS region; otherwise the stage's, then the AWS configuration's.")(command)


def profile_option(command: Command) -> Command:
    """Add ``--profile``: a profile of the AWS configuration."""
    return click.option("--profile", help="Profile of the AWS configuration.")(command)


def remote_option(command: Command) -> Command:
    """Add ``--remote``: the deployed stage, although it runs on this machine too."""
    return click.option("--remote", is_flag=True, help="Take what is deployed, although the stage runs here.")(command)


def json_option(command: Command) -> Command:
    """Add ``--json``: print data as JSON on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")(command)


def yes_option(command: Command) -> Command:
    """Add ``--yes``: ask nothing, data loss included."""
    return click.option("--yes", "-y", is_flag=True, help="Confirm everything, loss of data included.")(command)


def project_option(command: Command) -> Command:
    """Add ``--project``: the project's folder, by default the nearest one above that has a ``pyproject.toml``."""
    return click.option(
        "--project",
        "-C",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The project's folder.  [default: the nearest pyproject.toml with [tool.cumulo]]",
    )(command)
