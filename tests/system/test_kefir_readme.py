"""The README of `kefir`, followed word for word in a shell, as a stranger would."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tests.system.conftest import EXAMPLES, LEFT_BEHIND, Dev, clean_environment

# What the reader does by hand: look for the code in the mail.
READ_CODE = r"CODE=$(cumulo mail --last | grep -oE '^ +[0-9]{6}$' | tr -d ' ')"


def commands(readme: str, chapter: str) -> str:
    """Return the shell commands of a chapter."""
    text = readme.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))


@pytest.fixture
def kefir(tmp_path: Path) -> Iterator[Dev]:
    dev = Dev(copytree(EXAMPLES / "kefir", tmp_path / "kefir", ignore=LEFT_BEHIND), tmp_path / "dev.log")
    yield dev
    if dev.process is not None and dev.process.poll() is None:
        dev.end()


def test_a_stranger_follows_it(kefir: Dev) -> None:
    kefir.start()
    script = commands((kefir.project / "README.md").read_text(), "Follow a batch")
    for written, here in (
        ("CODE=123456", READ_CODE),
        ("http://127.0.0.1:3000", f"http://127.0.0.1:{kefir.port}"),
        ("http://127.0.0.1:4566", f"http://127.0.0.1:{kefir.services_port}"),
    ):
        assert script.count(written) == 1
        script = script.replace(written, here)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=kefir.project,
        env=clean_environment() | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr + kefir.said()
    said = ran.stdout
    assert "HTTP/1.1 202" in said  # signed up
    assert "Your code for Kefir is" in said
    assert '"step":"feed"' in said
    assert "HTTP/1.1 200" in said  # the photo is there
    assert '"step":"strain","zone":"Europe/Berlin"' in said
    assert '"sentAt":null' in said
    assert "it is time to strain it: Mild one." in said  # the reminder
    (page,) = re.findall(rf"^http://127\.0\.0\.1:{kefir.port}/public/b/\w+$", said, re.MULTILINE)
    assert '"photo":"http' in said
    with kefir.client() as browser:
        shown = browser.get(page, headers={"accept": "text/html"})
    assert "<h1>Mild one</h1>" in shown.text
    assert "<img src=" in shown.text
