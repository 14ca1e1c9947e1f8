import pytest
from tests.unit.local.schedules._laboratory import BEGIN, Laboratory, world

from cumulo.local.schedules.store import Store


@pytest.fixture
def laboratory() -> Laboratory:
    """A scheduler whose function is there and does not fail."""
    return Laboratory(Store(None, now=BEGIN), world())
