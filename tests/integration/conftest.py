"""What integration tests share: one emulator for the session, an account of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cumulo.local.emulator import environment, process

_accounts = itertools.count(100000000001)


@pytest.fixture(scope="session")
def emulator_python() -> Path:
    """The interpreter of the emulator's environment."""
    return environment.prepare(print)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def emulator(emulator_python: Path) -> AsyncIterator[process.Emulator]:
    """An emulator that keeps its state in memory, for all tests of the session."""
    async with process.running(python=emulator_python, state=None) as running:
        yield running


@pytest.fixture
def account() -> str:
    """An account of the emulator that no other test uses."""
    return str(next(_accounts))
