"""The emulator's environment: pinned, made once, whole or not there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from cumulo.errors import CumuloError
from cumulo.local.emulator import environment


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Record what uv is asked to do, and do as much of it as the environment's shape needs."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    calls: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        if "venv" in command:
            (Path(command[-1]) / "bin").mkdir()
            (Path(command[-1]) / "bin" / "python").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(environment.subprocess, "run", run)
    return calls


def test_it_is_made_once_with_progress(uv: list[list[str]]) -> None:
    said: list[str] = []
    first = environment.prepare(said.append)
    assert first.exists()
    assert len(said) == 2
    calls = len(uv)
    assert environment.prepare(said.append) == first
    assert (len(uv), len(said)) == (calls, 2)


def test_what_is_installed_is_pinned_by_hash_and_never_built(uv: list[list[str]]) -> None:
    environment.prepare(lambda _line: None)
    [install] = [call for call in uv if "install" in call]
    assert {"--require-hashes", "--only-binary", "--compile-bytecode"} <= set(install)


def test_requirements_are_pinned_and_name_no_registry() -> None:
    text = environment.REQUIREMENTS.read_text()
    assert "http" not in text.replace("httptools", "")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all(re.match(r"[a-z0-9-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)
    assert any(entry.startswith("ministack==1.5.33") for entry in entries)


def test_half_an_environment_is_removed_and_never_used(
    uv: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = environment.subprocess.run

    def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            return subprocess.CompletedProcess(command, 2, "", "error: Failed to fetch\n  tcp connect error\n")
        return done(command)

    monkeypatch.setattr(environment.subprocess, "run", fail)
    with pytest.raises(CumuloError, match="Failed to fetch tcp connect error") as caught:
        environment.prepare(lambda _line: None)
    assert caught.value.hint
    assert [path.name for path in (tmp_path / "cumulo" / "emulator").iterdir()] == ["lock"]

    # What a killed process left behind goes away with the next try.
    monkeypatch.setattr(environment.subprocess, "run", done)
    half = environment._location().with_name(environment._location().name + ".making-x")
    half.mkdir()
    assert environment.prepare(lambda _line: None).exists()
    assert not half.exists()


def test_a_cache_that_cannot_be_made_is_a_clear_error(
    uv: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(CumuloError, match="cannot be made") as caught:
        environment.prepare(lambda _line: None)
    assert "XDG_CACHE_HOME" in str(caught.value.hint)
