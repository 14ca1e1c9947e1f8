"""`cumulo new`, and what can be done at once with the project that it makes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.conftest import clean_environment, cumulo


def files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_tests_of_a_new_project_pass(project: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=project,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "4 passed in " in ran.stdout.splitlines()[-1]


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_the_guidelines_find_no_error_in_a_new_project(project: Path, stage: str) -> None:
    checked = cumulo("check", "--stage", stage, cwd=project)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_says_what_to_do_next(tmp_path: Path) -> None:
    made = cumulo("new", "shop", "--folder", "apps/my shop", cwd=tmp_path)
    assert (made.returncode, made.stdout) == (0, "cd 'apps/my shop' && cumulo dev\n")
    inside = files(tmp_path / "apps/my shop")
    assert {"app.py", "pyproject.toml", ".gitignore", "README.md"} <= inside.keys()
    assert 'App("shop", stage)' in inside["app.py"].decode()
    assert not [name for name, content in inside.items() if b"@name@" in content]


@pytest.mark.parametrize("name", ["Shop", "my_shop", "1shop", "shop-", "../shop", "a b", "", "x" * 33, "käse"])
def test_a_bad_name_is_refused_and_nothing_made(tmp_path: Path, name: str) -> None:
    refused = cumulo("new", name, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: ")
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""
    assert [*tmp_path.iterdir()] == []


def test_what_is_there_already_is_left_alone(project: Path) -> None:
    before = files(project)
    again = cumulo("new", "shop", cwd=project.parent)
    assert again.returncode == 2
    assert again.stderr.splitlines() == [
        "error: shop: there is something there already",
        "hint: choose another --folder",
    ]
    assert files(project) == before
    file = project.parent / "file"
    file.write_text("mine")
    assert cumulo("new", "shop", "--folder", "file", cwd=project.parent).returncode == 2
    assert file.read_text() == "mine"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert cumulo("new", "shop", cwd=tmp_path).returncode == 0
    assert (tmp_path / "shop/app.py").is_file()
