from pathlib import Path

from click.testing import CliRunner

from cumulo.cli.seed import command
from cumulo.errors import CumuloError


def test_a_production_stage_is_refused_before_anything_else(project: Path) -> None:
    """No credentials are needed to say so, and the script is not even imported."""
    (project / "scripts").mkdir()
    (project / "scripts/seed.py").write_text("raise RuntimeError('imported')")
    result = CliRunner().invoke(command, ["-C", str(project), "--stage", "prod"])
    assert isinstance(result.exception, CumuloError)
    assert str(result.exception).startswith("stage 'prod': a production stage is never seeded")


def test_a_stage_that_is_marked_as_production_is_one(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.cumulo.stages.live]\nproduction = true\n")
    result = CliRunner().invoke(command, ["-C", str(project), "--stage", "live"])
    assert "a production stage is never seeded" in str(result.exception)
