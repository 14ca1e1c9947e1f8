from pathlib import Path

from click.testing import CliRunner

from cumulo.cli.deploy import command
from cumulo.errors import CumuloError, UsageError


def test_an_unknown_stage_is_wrong_usage(project: Path) -> None:
    result = CliRunner().invoke(command, ["-C", str(project), "--stage", "nowhere"])
    assert isinstance(result.exception, UsageError)


def test_no_credentials_are_one_clear_line(project: Path) -> None:
    result = CliRunner().invoke(command, ["-C", str(project), "--region", "eu-central-1"])
    assert isinstance(result.exception, CumuloError)
    assert result.exception.what == "no AWS credentials were found"
    assert result.stdout == ""
