"""One emulator for one state folder."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cumulo.local.emulator.launcher.locking import TakenError, take


def test_the_owner_is_named(tmp_path: Path) -> None:
    with take(tmp_path, os.getpid()), pytest.raises(TakenError, match=str(os.getpid())):
        take(tmp_path, 1)


def test_one_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    """Its owner lives, but is no longer in the file."""
    first = take(tmp_path, os.getpid())
    first.truncate(0)
    threading.Timer(0.8, first.close).start()
    take(tmp_path, os.getpid()).close()


def test_it_is_free_again_when_it_is_closed(tmp_path: Path) -> None:
    take(tmp_path, os.getpid()).close()
    take(tmp_path, os.getpid()).close()
    assert (tmp_path / "lock").read_text() == str(os.getpid())
