"""The Swagger page of `items`, in a real browser."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.conftest import Dev

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = [
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.mark.browser
def test_the_swagger_page_shows_every_operation_without_the_network(tmp_path: Path) -> None:
    project = tmp_path / "items"
    shutil.copytree(REPOSITORY / "examples/items", project, ignore=shutil.ignore_patterns(".cumulo", "__pycache__"))
    dev = Dev(project, tmp_path / "dev.log").start()
    try:
        page = _rendered(f"http://127.0.0.1:{dev.port}/docs", tmp_path / "profile")
    finally:
        dev.end()
    for operation in ("Create an item", "Read an item", "Change an item", "Delete an item", "Say that the API answers"):
        assert operation in page
    assert page.count('class="opblock-summary-method"') == 6


def _rendered(url: str, profile: Path) -> str:
    """Return a page's document after its scripts have run."""
    browser = subprocess.run(
        [*CHROMIUM, f"--user-data-dir={profile}", "--virtual-time-budget=15000", "--dump-dom", url],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return browser.stdout
