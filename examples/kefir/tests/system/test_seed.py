"""Data for development: as users would have made it, and never in production."""

from types import SimpleNamespace

import httpx
import pytest
from scripts.seed import PEOPLE, seed


@pytest.fixture
def stage(cloud):
    """What `cumulo seed` calls the script with."""
    names = {"data": ("Table", "PhotosBucket"), "auth": ("UsersPool",)}
    resources = {stack: {name: cloud.physical_id(name) for name in each} for stack, each in names.items()}
    said = []
    return SimpleNamespace(
        stage="test", session=SimpleNamespace(client=cloud.aws), resources=resources, say=said.append, said=said
    )


def test_people_have_batches_with_events_and_photos(stage, brewer, client):
    seed(stage)
    assert [line.partition(":")[0] for line in stage.said] == list(PEOPLE)
    ada = brewer(PEOPLE[0])
    batches = ada.api.get("/batches").json()["batches"]
    assert [batch["shared"] for batch in batches] == [True, False, False, False]
    for batch in batches:
        details = ada.api.get(f"/batches/{batch['id']}").json()
        assert details["events"]
        (photo,) = details["photos"]
        assert httpx.get(photo["url"]).content.startswith(b"\x89PNG")
    assert client().get(f"/public/b/{batches[0]['id']}").json()["name"] == batches[0]["name"]


def test_production_is_refused(stage):
    stage.stage = "prod"
    with pytest.raises(SystemExit, match="production"):
        seed(stage)
    assert stage.said == []
