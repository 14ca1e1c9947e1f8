"""The pytest plugin: the local cloud as fixtures.

It is there as soon as ``cumulo[testing]`` is installed. The system runs once per session (once per worker of
pytest-xdist, each in an account of its own) and is as new for every test.

https://docs.pytest.org/en/stable/how-to/writing_plugins.html
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from cumulo.local.journal import Entry
    from cumulo.testing.cloud import Invocation, TestClock, TestCloud
    from cumulo.testing.mail import Mails


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings."""
    parser.addini("cumulo_stage", "Stage that the tests run.", default="test")
    parser.addini("cumulo_project", "Folder of the project under test, relative to the root.", default=".")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show what the system said during a test that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    used = getattr(item, "funcargs", {}).get("cloud")
    if report.failed and used is not None and hasattr(used, "story"):
        report.sections.append(("What the system said", "\n".join(used.story())))


@pytest.fixture(scope="session")
def cumulo_project(pytestconfig: pytest.Config) -> Path:
    """Return the folder of the project under test; override it to choose another one."""
    return pytestconfig.rootpath / str(pytestconfig.getini("cumulo_project"))


@pytest.fixture(scope="session")
def cumulo_session(cumulo_project: Path, pytestconfig: pytest.Config) -> Iterator[TestCloud]:
    """Run the system for the length of the session; tests use ``cloud``."""
    from cumulo.testing.cloud import start

    worker = getattr(pytestconfig, "workerinput", {}).get("workerid", "")
    account = f"{zlib.crc32(worker.encode()):012d}"
    cloud, stop = start(cumulo_project.resolve(), str(pytestconfig.getini("cumulo_stage")), account)
    yield cloud
    stop()


@pytest.fixture
def cloud(cumulo_session: TestCloud) -> Iterator[TestCloud]:
    """Give the running system, as new: no data, no messages, full throttles."""
    cumulo_session.reset()
    yield cumulo_session
    cumulo_session.close_clients()


@pytest.fixture
def client(cloud: TestCloud) -> Callable[..., httpx.Client]:
    """Return a function that makes an httpx client of an API: ``client()``, ``client("admin")``."""
    return cloud.client


@pytest.fixture
def invoke(cloud: TestCloud) -> Callable[..., Invocation]:
    """Return a function that invokes a function: ``invoke("create-item", {...})``."""
    return cloud.invoke


@pytest.fixture
def drain(cloud: TestCloud) -> Callable[..., None]:
    """Return a function that waits until a queue is empty: ``drain("orders")``."""
    return cloud.drain


@pytest.fixture
def logs(cloud: TestCloud) -> Callable[..., list[Entry]]:
    """Return a function that gives the log lines of this test: ``logs("create-item")``."""
    return cloud.logs


@pytest.fixture
def mail(cloud: TestCloud) -> Mails:
    """Return the e-mails that were sent since the test began: ``mail[-1].text``, ``.to``, ``.subject``, ``.html``."""
    from cumulo.testing.mail import Mails

    return Mails(cloud.mail)


@pytest.fixture
def clock(cloud: TestCloud) -> TestClock:
    """Return the system's clock: ``clock.advance(days=30)``, ``clock.now()``; each test begins at real time."""
    return cloud.clock


@pytest.fixture
def reset(cloud: TestCloud) -> Callable[[], Any]:
    """Return a function that makes the system as new in the middle of a test."""
    return cloud.reset
