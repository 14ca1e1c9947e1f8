"""What a user without rights may not do, also where the tests run as root."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

_NOBODY = 65534


@pytest.fixture
def open_to_all():
    """Give a folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="cumulo-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nobody():
    """Do something without root's rights."""

    @contextmanager
    def without_rights():
        before = os.geteuid()
        if before == 0:
            os.seteuid(_NOBODY)
        try:
            yield
        finally:
            os.seteuid(before)

    return without_rights
