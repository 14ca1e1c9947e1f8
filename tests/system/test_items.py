"""`items` has tests of its own; here they run as its user runs them."""

from pathlib import Path

from tests.system.conftest import run_own_tests


def test_its_own_tests_pass(tmp_path: Path) -> None:
    said = run_own_tests("items", tmp_path)
    # Nothing was collected too little: unit tests and tests of the running system.
    assert "tests/unit/test_infra.py ." in said
    assert "tests/system/test_items.py ." in said
