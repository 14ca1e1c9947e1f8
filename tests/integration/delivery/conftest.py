"""A real emulator, an account of its own for each test, and assemblies written by hand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cumulo import assembly
from cumulo.assembly import Assembly, StackArtifact
from cumulo.delivery.events import StackEvent
from cumulo.delivery.execute import Deployment, deploy
from cumulo.delivery.plan import Plan
from cumulo.delivery.session import Target, connect
from cumulo.delivery.talk import Talk
from cumulo.local.emulator import process
from cumulo.local.emulator.process import SERVICES as SERVED

# With Lambda among them the emulator runs what stacks declare, as AWS would.
SERVICES = SERVED | {"apigateway", "ecr", "lambda", "logs", "monitoring"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def endpoint(emulator_python: Path) -> AsyncIterator[str]:
    """The address of an emulator that stands for AWS."""
    async with process.running(python=emulator_python, state=None, services=SERVICES) as emulator:
        yield emulator.endpoint


@pytest.fixture
def aws(endpoint: str, account: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An empty account in the emulator, as the environment of this process; returns its number."""
    for key in [key for key in os.environ if key.startswith("AWS_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return account


@pytest.fixture
def target(aws: str) -> Iterator[Target]:
    target = connect()
    yield target
    target.cloudformation.close()
    target.s3.close()


@dataclass
class Said:
    """What a delivery said, and how it was answered."""

    answer: bool = True
    lines: list[str] = field(default_factory=list)
    events: list[StackEvent] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    @property
    def talk(self) -> Talk:
        return Talk(say=self.lines.append, event=self.events.append, confirm=self._confirm)

    def _confirm(self, plan: Plan) -> bool:
        self.plans.append(plan)
        return self.answer


@pytest.fixture
def said() -> Said:
    return Said()


@dataclass(frozen=True)
class Shop:
    """An app whose stacks are written by hand."""

    folder: Path

    def assembly(self, templates: Mapping[str, Mapping[str, Any]], **settings: Any) -> Assembly:
        tags = {"Application": "shop", "Environment": "dev"}
        stacks = tuple(
            StackArtifact(id=key, name=f"shop-dev-{key}", template=template, tags=tags, **settings)
            for key, template in templates.items()
        )
        made = Assembly(
            folder=self.folder / "out",
            project=self.folder,
            app="shop",
            stage="dev",
            production=False,
            account=None,
            region=None,
            python="3.11",
            stacks=stacks,
        )
        assembly.write(made)
        return assembly.read(made.folder)

    def asset(self, content: bytes) -> str:
        name = f"{hashlib.sha256(content).hexdigest()}.zip"
        path = self.folder / "out" / "assets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return f"assets/{name}"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


Ship = Callable[..., Deployment]


@pytest.fixture
def ship(shop: Shop, target: Target, said: Said) -> Ship:
    """Deploys stacks given as keyword arguments: id → template."""

    def ship(**templates: Mapping[str, Any]) -> Deployment:
        return deploy(shop.assembly(templates), target, said.talk)

    return ship
