"""A whole local cloud with photos: functions that sign URLs under their own roles, and a clock that is moved."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cumulo.local import cloud as local_cloud
from cumulo.local.cloud import Cloud

from ._cloud import ACCOUNT, place, synthesizer

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = """
from cumulo import App, Bucket, Function, Stack, Table, days


class Data(Stack):
    def __init__(self, app):
        super().__init__(app, "data")
        notes = Table(self, "notes", partition_key="PK", ttl="TTL")
        photos = Bucket(self, "photos", expire_after=days(2), cors=("https://app.example.com",))
        uploads = photos.put("uploads/*"), photos.get("uploads/*")
        Function(self, "sign", handler="functions.sign", links=[*uploads])
        Function(self, "look", handler="functions.look", links=[photos.list("uploads/"), notes.get()])
        Function(self, "note", handler="functions.note", links=[notes.put()])


def app(stage):
    app = App("snaps", stage)
    Data(app)
    return app
"""
FUNCTIONS = """
import time

from cumulo.runtime import linked


def sign(event, context):
    photos = linked.bucket("photos")
    url, headers = photos.presigned_put(event["key"], content_type="image/jpeg", size=event["size"], expires=3600)
    return {"put": url, "headers": headers, "get": photos.presigned_get(event["key"])}


def note(event, context):
    table = linked.table("notes")
    ttl = {"N": str(int(time.time()) + event["seconds"])}
    table.client.put_item(TableName=table.name, Item={"PK": {"S": "a"}, "TTL": ttl})


def look(event, context):
    photos, notes = linked.bucket("photos"), linked.table("notes")
    found = photos.client.list_objects_v2(Bucket=photos.name, Prefix="uploads/").get("Contents", [])
    item = notes.client.get_item(TableName=notes.name, Key={"PK": {"S": "a"}}).get("Item")
    return {"photos": [each["Key"] for each in found], "note": item is not None}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    project = tmp_path_factory.mktemp("snaps")
    (project / "pyproject.toml").write_text("[tool.cumulo]\n")
    (project / "app.py").write_text(APP)
    (project / "functions.py").write_text(FUNCTIONS)
    cloud = await local_cloud.start(synthesizer(project), place(project))
    await cloud.remember()
    yield cloud
    await cloud.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def cloud(running: Cloud) -> Cloud:
    """The shared system, as new."""
    await running.reset()
    return running


async def call(cloud: Cloud, function: str, **event: Any) -> Any:
    """Invoke a function and return its answer."""
    result = await cloud.invoke(function, json.dumps(event).encode())
    assert result.error is None, result
    return json.loads(result.payload)


async def test_a_photo_goes_in_by_the_urls_of_a_function(cloud: Cloud) -> None:
    signed = await call(cloud, "sign", key="uploads/1.jpg", size=3)
    async with httpx.AsyncClient() as http:
        for content, type_ in ((b"four", "image/jpeg"), (b"jpg", "image/png")):
            assert (await http.put(signed["put"], content=content, headers={"content-type": type_})).status_code == 403
        assert (await http.put(signed["put"], content=b"jpg", headers=signed["headers"])).status_code == 200
        assert (await http.get(signed["get"])).content == b"jpg"
    assert (await call(cloud, "look"))["photos"] == ["uploads/1.jpg"]


async def test_a_function_signs_for_its_own_keys_only(cloud: Cloud) -> None:
    signed = await call(cloud, "sign", key="private/1.jpg", size=3)
    async with httpx.AsyncClient() as http:
        response = await http.put(signed["put"], content=b"jpg", headers=signed["headers"])
        assert (response.status_code, "<Code>AccessDenied</Code>" in response.text) == (403, True)


async def test_urls_end_and_photos_and_notes_go_when_the_clock_is_moved(cloud: Cloud) -> None:
    before = len(cloud.journal.entries(kind="system"))
    signed = await call(cloud, "sign", key="uploads/1.jpg", size=3)
    async with httpx.AsyncClient() as http:
        await http.put(signed["put"], content=b"jpg", headers=signed["headers"])
        await call(cloud, "note", seconds=7200)
        await cloud.clock.advance(timedelta(minutes=59).total_seconds())
        assert (await http.get(signed["get"])).status_code == 200
        await cloud.clock.advance(timedelta(minutes=2).total_seconds())
        assert "Request has expired" in (await http.get(signed["get"])).text
        again = await call(cloud, "sign", key="uploads/1.jpg", size=3)
        assert (await http.get(again["get"])).status_code == 200
    assert await call(cloud, "look") == {"photos": ["uploads/1.jpg"], "note": True}
    await cloud.clock.advance(timedelta(hours=1).total_seconds())
    assert await call(cloud, "look") == {"photos": ["uploads/1.jpg"], "note": False}
    await call(cloud, "note", seconds=100 * 86_400)  # by the moved time of the function
    await cloud.clock.advance(timedelta(days=4).total_seconds())
    assert await call(cloud, "look") == {"photos": [], "note": True}
    gone = [(entry.subject, entry.text) for entry in cloud.journal.entries(kind="system")[before:]]
    assert gone == [
        ("snaps-dev-notes", "1 item expired"),
        (f"snaps-dev-photos-{ACCOUNT}", "1 object expired"),
    ]


async def test_after_a_reset_it_is_today_and_everything_is_as_new(cloud: Cloud) -> None:
    await call(cloud, "note", seconds=60)
    await cloud.clock.advance(30.0)
    await cloud.reset()
    assert (await call(cloud, "look"))["note"] is False
    await call(cloud, "note", seconds=60)
    await cloud.clock.advance(30.0)
    assert (await call(cloud, "look"))["note"] is True
    await cloud.clock.advance(40.0)
    assert (await call(cloud, "look"))["note"] is False
