"""Which stacks are deployed, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cumulo.assembly import Assembly, Source, StackArtifact
from cumulo.errors import CumuloError
from cumulo.local.stacks import deploy

TEMPLATE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


@dataclass
class Cloud:
    """Keeps what is deployed and remembers what was asked."""

    asked: list[str] = field(default_factory=list)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    failure: dict[str, Any] | None = None

    async def deploy(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(f"deploy {request['name']}")
        if not self.failure:
            keys = ("name", "stack", "digest")
            self.records[request["name"]] = {**{k: request[k] for k in keys}, "resources": [], "outputs": {}}
        return {"failure": self.failure, "kept": [], "idle": []}

    async def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(f"delete {request['name']}")
        del self.records[request["name"]]
        return {"failure": None, "kept": ["a table is kept"], "idle": []}

    async def stacks(self, account: str, region: str) -> list[dict[str, Any]]:
        return [*self.records.values()]

    async def save(self) -> None:
        self.asked.append("save")


def stack(name: str, template: Mapping[str, Any] = TEMPLATE, **fields: Any) -> StackArtifact:
    return StackArtifact(id=name, name=f"items-dev-{name}", template=template, **fields)


async def run(cloud: Cloud, *stacks: StackArtifact, said: list[str] | None = None) -> None:
    assembly = Assembly(
        folder=Path(),
        project=Path(),
        app="items",
        stage="dev",
        production=False,
        account=None,
        region=None,
        python="3.11",
        stacks=stacks,
    )
    said = [] if said is None else said
    await deploy(assembly, cloud, account="1", region="r", report=said.append)


async def test_stacks_are_deployed_in_order_and_saved() -> None:
    cloud = Cloud()
    await run(cloud, stack("data"), stack("api"))
    assert cloud.asked == ["deploy items-dev-data", "deploy items-dev-api", "save"]


async def test_nothing_is_asked_for_when_nothing_changed() -> None:
    cloud = Cloud()
    await run(cloud, stack("data"))
    cloud.asked.clear()
    await run(cloud, stack("data"))
    assert cloud.asked == []


async def test_tags_and_templates_are_what_counts() -> None:
    cloud = Cloud()
    await run(cloud, stack("data"), stack("api"))
    cloud.asked.clear()
    await run(cloud, stack("data", tags={"a": "b"}), stack("api", sources={"Queue": Source("app.py", 1)}))
    assert cloud.asked == ["deploy items-dev-data", "save"]


async def test_stacks_that_left_go_last_and_importers_first() -> None:
    cloud = Cloud()
    said: list[str] = []
    await run(cloud, stack("data"), stack("api"))
    cloud.asked.clear()
    await run(cloud, stack("other"), said=said)
    assert cloud.asked == ["deploy items-dev-other", "delete items-dev-api", "delete items-dev-data", "save"]
    assert "a table is kept" in said


async def test_a_failure_names_the_resource_and_where_it_was_declared() -> None:
    cloud = Cloud(failure={"logical_id": "Queue", "type": "AWS::SQS::Queue", "reason": "Bad name"})
    with pytest.raises(CumuloError) as caught:
        await run(cloud, stack("data", sources={"Queue": Source("infra/data.py", 7)}))
    assert str(caught.value) == (
        "stack items-dev-data: Queue (AWS::SQS::Queue) failed: Bad name\nhint: it is declared in infra/data.py, line 7"
    )
    assert cloud.asked == ["deploy items-dev-data"]
