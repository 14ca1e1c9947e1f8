"""`items` has tests of its own; here they run as its user runs them."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

from tests.system.conftest import clean_environment

ITEMS = Path(__file__).parents[2] / "examples/items"


def test_its_own_tests_pass(tmp_path: Path) -> None:
    project = copytree(ITEMS, tmp_path / "items", ignore=ignore_patterns(".cumulo", "__pycache__", ".pytest_cache"))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=project,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    summary = ran.stdout.splitlines()[-1]
    assert " passed in " in summary
    assert "skipped" not in summary
    # Nothing was collected too little: unit tests and tests of the running system.
    assert "tests/unit/test_infra.py ." in ran.stdout
    assert "tests/system/test_items.py ." in ran.stdout
