from pathlib import Path

import pytest
from click.testing import CliRunner

from cumulo.cli import secret
from cumulo.cli.secret import command
from cumulo.errors import CumuloError, UsageError

APP = """
from cumulo import App, Secret, Stack


def app(stage):
    app = App("shop", stage)
    stack = Stack(app, "data")
    Secret(stack, "api-key")
    Secret(stack, "token", generate=False)
    return app
"""


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "app.py").write_text(APP)
    return project


def test_a_value_on_the_command_line_is_warned_about(shop: Path) -> None:
    result = CliRunner().invoke(command, ["set", "token", "s3cr3t", "-C", str(shop)])
    assert "warning: the value was on the command line" in result.stderr
    assert "s3cr3t" not in result.output


def test_without_a_terminal_the_value_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no terminal to ask") as error:
        secret._value("token", None)
    assert "cumulo secret set token -" in (error.value.hint or "")


def test_help_names_where_a_local_secret_is_kept() -> None:
    shown = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    assert ".cumulo/local/STAGE/services" in shown
    assert all(verb in shown for verb in ("set", "list", "remove"))
    assert "max_age" in CliRunner().invoke(command, ["set", "--help"]).output


def test_without_a_running_stage_and_credentials_both_ways_are_named(shop: Path) -> None:
    result = CliRunner().invoke(command, ["list", "-C", str(shop), "--region", "eu-central-1"])
    assert isinstance(result.exception, CumuloError)
    assert "`cumulo dev --stage dev` starts it" in (result.exception.hint or "")
    assert "aws configure" in (result.exception.hint or "")
