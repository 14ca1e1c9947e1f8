import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from cumulo.cli.new import command
from cumulo.errors import UsageError
from cumulo.synth import open_project, synthesize_project


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*arguments: str) -> None:
    made = CliRunner().invoke(command, [*arguments])
    assert made.exit_code == 0, made.output


def test_a_new_project_is_a_project_with_three_stages(here: Path) -> None:
    make("shop")
    opened = open_project(here / "shop")
    assert opened.stages == ("dev", "test", "prod")
    assert opened.stage("prod").production
    assert tomllib.loads((here / "shop/pyproject.toml").read_text())["project"]["name"] == "shop"


def test_its_name_is_in_the_names_of_all_that_it_makes(here: Path) -> None:
    make("corner-shop")
    assembly = synthesize_project(here / "corner-shop", "dev")
    assert [stack.name for stack in assembly.stacks] == ["corner-shop-dev-data", "corner-shop-dev-api"]


def test_every_python_file_compiles_and_git_forgets_what_is_made(here: Path) -> None:
    make("shop")
    for file in (here / "shop").rglob("*.py"):
        compile(file.read_text(), str(file), "exec")
    assert ".cumulo/" in (here / "shop/.gitignore").read_text().splitlines()
    assert not list((here / "shop").rglob("*.in"))


def test_the_next_step_is_data_and_the_rest_is_talk(here: Path) -> None:
    made = CliRunner().invoke(command, ["shop", "--folder", "my shop"])
    assert made.stdout == "cd 'my shop' && cumulo dev\n"
    assert made.stderr == "made my shop; next:\n"


@pytest.mark.parametrize("name", ["Shop", "1shop", "../shop", "/tmp/shop", "a" * 33, "a--b", "-"])
def test_a_bad_name_is_wrong_usage(here: Path, name: str) -> None:
    refused = CliRunner().invoke(command, ["--", name])
    assert isinstance(refused.exception, UsageError)
    assert refused.exception.hint
    assert not list(here.iterdir())


@pytest.mark.parametrize("name", ["a", "a" * 32, "shop-2"])
def test_names_that_are_good(here: Path, name: str) -> None:
    make(name)
    assert (here / name / "app.py").is_file()


def test_nothing_is_written_over(here: Path) -> None:
    (here / "shop").mkdir()
    (here / "shop/app.py").write_text("mine")
    refused = CliRunner().invoke(command, ["shop"])
    assert isinstance(refused.exception, UsageError)
    assert refused.exception.what == "there is something there already"
    assert [(file.name, file.read_text()) for file in (here / "shop").iterdir()] == [("app.py", "mine")]
    assert "infra" not in sys.modules
