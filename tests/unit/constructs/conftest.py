from collections.abc import Callable
from typing import Any

import pytest

from cumulo import App, Stack, Stage
from cumulo.synth.templates import template


@pytest.fixture
def stack() -> Stack:
    return Stack(App("shop", Stage("dev")), "main")


@pytest.fixture
def production() -> Stack:
    return Stack(App("shop", Stage("prod", production=True)), "main")


@pytest.fixture
def resources() -> Callable[[Stack], dict[str, Any]]:
    """Give a stack's resources as they stand in its template."""
    return lambda stack: template(stack)["Resources"]
