import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from cumulo.cli.diff import command
from cumulo.errors import CumuloError, UsageError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key in [key for key in os.environ if key.startswith(("AWS_", "CUMULO_"))]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    (tmp_path / "app.py").write_text("from cumulo import App\n\n\ndef app(stage):\n    return App('shop', stage)\n")
    return tmp_path


def test_an_unknown_stage_is_wrong_usage(project: Path) -> None:
    result = CliRunner().invoke(command, ["-C", str(project), "--stage", "nowhere"])
    assert isinstance(result.exception, UsageError)


def test_no_credentials_are_one_clear_line(project: Path) -> None:
    result = CliRunner().invoke(command, ["-C", str(project), "--region", "eu-central-1"])
    assert isinstance(result.exception, CumuloError)
    assert result.exception.what == "no AWS credentials were found"
    assert result.stdout == ""
