"""Projects for the tests of code assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cumulo.synth.assets.cache import Cache
from cumulo.synth.assets.environment import Environment
from cumulo.synth.assets.sources import Sources

Files = Mapping[str, str | bytes]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write files into a folder of the test's own and return it."""

    def write_files(files: Files, folder: str = "project") -> Path:
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write_files


@pytest.fixture
def sources_of(write: Callable[..., Path], tmp_path: Path) -> Callable[..., Sources]:
    """Return the code of a project made of files, in an environment with the named packages installed."""

    def make(files: Files, installed: frozenset[str] = frozenset()) -> Sources:
        return Sources(write(files), Environment((), installed), Cache(tmp_path / "cache"))

    return make
