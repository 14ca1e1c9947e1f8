"""What all verbs that speak to AWS have in common."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cumulo.cli import deploy, diff, open, outputs, remove, secret, seed  # noqa: A004
from cumulo.errors import CumuloError, UsageError

VERBS = [
    deploy.command,
    diff.command,
    open.command,
    outputs.command,
    remove.command,
    secret.list_,
    seed.command,
]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_an_unknown_stage_is_wrong_usage(project: Path, verb: click.Command) -> None:
    result = CliRunner().invoke(verb, ["-C", str(project), "--stage", "nowhere"])
    assert isinstance(result.exception, UsageError)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_no_credentials_are_one_clear_line(project: Path, verb: click.Command) -> None:
    result = CliRunner().invoke(verb, ["-C", str(project), "--region", "eu-central-1"])
    assert isinstance(result.exception, CumuloError)
    assert result.exception.what == "no AWS credentials were found"
    assert result.stdout == ""
