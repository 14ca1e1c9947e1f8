"""`kefir`, five stacks, shipped by the real command to an emulator that stands for AWS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cumulo.local.emulator import environment, process
from tests.system.test_deploy import SERVICES, Shipping, copy

KEFIR = Path(__file__).parents[2] / "examples/kefir"
ORDER = ("data", "auth", "scheduler", "api", "monitoring")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def endpoint() -> AsyncIterator[str]:
    """The address of what stands for AWS."""
    services = SERVICES | {"cognito-idp", "events", "scheduler", "ses"}
    async with process.running(python=environment.prepare(print), state=None, services=services) as emulator:
        yield emulator.endpoint


@pytest.fixture
def kefir(endpoint: str, tmp_path: Path) -> Shipping:
    return Shipping(copy(KEFIR, tmp_path / "kefir"), endpoint)


def test_five_stacks_are_shipped_seeded_changed_and_removed(kefir: Shipping) -> None:
    first = kefir.cumulo("deploy")
    assert first.returncode == 0, first.stderr
    creating = [line for line in first.stderr.splitlines() if line.startswith("creating kefir-")]
    assert creating == [f"creating kefir-test-{stack}" for stack in ORDER]
    assert kefir.cumulo("diff", "--exit-code").returncode == 0
    assert kefir.cumulo("deploy").stderr.endswith("nothing has changed\n")

    seeded = kefir.cumulo("seed")
    assert seeded.returncode == 0, seeded.stderr
    assert kefir.cumulo("open").stdout.startswith("api  http")
    secrets = kefir.cumulo("secret", "list").stdout.splitlines()
    assert all("  set " in line for line in secrets)
    assert len(secrets) == 2

    # Another function for the reminders: the api lets go of the old one before it is deleted.
    scheduler = kefir.project / "infra/scheduler.py"
    scheduler.write_text(scheduler.read_text().replace('"send-reminder"', '"mail-reminder"'))
    changed = kefir.cumulo("deploy", "--yes")
    assert changed.returncode == 0, changed.stderr
    steps = [line for line in changed.stderr.splitlines() if line.startswith("updating kefir-")]
    updated = ("scheduler", "api", "monitoring", "scheduler")
    assert steps == [f"updating kefir-test-{stack}" for stack in updated]
    assert kefir.cumulo("deploy").stderr.endswith("nothing has changed\n")

    removed = kefir.cumulo("remove", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert kefir.stacks() == {}
