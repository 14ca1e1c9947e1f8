"""Batches and their events: each user has their own."""

import pytest
from tests.system.helpers import told

MISSING = "0123456789ABCDEFGHJKMNPQRS"


def test_a_batch_is_started_and_read(ada, batch):
    assert {"name": "Mild one", "milk": "cow", "shared": False, "version": 1}.items() <= batch.items()
    details = ada.api.get(f"/batches/{batch['id']}").json()
    assert details == {**batch, "events": [], "photos": [], "reminders": []}


def test_a_change_changes_what_was_sent_and_leaves_the_rest(ada, batch):
    changed = ada.api.patch(f"/batches/{batch['id']}", json={"name": "Strong one", "notes": None}).json()
    assert changed == {**batch, "name": "Strong one", "notes": None, "version": 2, "updatedAt": changed["updatedAt"]}


def test_a_version_that_has_passed_is_a_conflict(ada, batch):
    path = f"/batches/{batch['id']}"
    assert ada.api.patch(path, json={"name": "One", "version": 1}).status_code == 200
    assert ada.api.patch(path, json={"name": "Two", "version": 1}).status_code == 409
    assert ada.api.patch(path, json={"startedAt": "2026-01-01T00:00:00Z", "version": 1}).status_code == 409
    assert ada.api.get(path).json()["name"] == "One"


def test_events_are_listed_the_newest_first(ada, batch):
    path = f"/batches/{batch['id']}/events"
    for step in ("feed", "strain"):
        assert ada.api.post(path, json={"step": step}).status_code == 201
    noted = ada.api.post(path, json={"step": "note", "at": "2026-01-01T00:00:00+01:00", "note": "Smells good"}).json()
    assert noted["at"] == "2025-12-31T23:00:00Z"
    events = ada.api.get(f"/batches/{batch['id']}").json()["events"]
    assert [event["step"] for event in events] == ["note", "strain", "feed"]
    assert events[0] == noted


def test_pages_hold_every_batch_once_the_newest_first(ada):
    made = [ada.api.post("/batches", json={"name": f"No. {number}", "milk": "oat"}).json() for number in range(7)]
    seen, cursor, sizes = [], None, []
    while not sizes or cursor:
        page = ada.api.get("/batches", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        seen, cursor = seen + page["batches"], page["cursor"]
        sizes.append(len(page["batches"]))
    assert sizes == [3, 3, 1]
    assert seen == made[::-1]


def test_events_and_reminders_are_no_batches(ada, batch):
    ada.api.post(f"/batches/{batch['id']}/events", json={"step": "feed"})
    assert ada.api.get("/batches").json() == {"batches": [batch], "cursor": None}


def test_a_cursor_is_good_for_its_own_user_only(ada, eve):
    for number in range(3):
        ada.api.post("/batches", json={"name": f"No. {number}", "milk": "oat"})
    cursor = ada.api.get("/batches", params={"limit": 1}).json()["cursor"]
    assert eve.api.get("/batches", params={"cursor": cursor}).status_code == 400
    assert ada.api.get("/batches", params={"cursor": cursor[:-2] + "AA"}).status_code == 400


def calls(batch_id):
    """All that can be asked of a batch."""
    path = f"/batches/{batch_id}"
    reminder = {"step": "feed", "zone": "UTC", "at": "2027-01-01T00:00"}
    return [
        ("GET", path, None),
        ("PATCH", path, {"name": "Eve's"}),
        ("PATCH", path, {"shared": True}),
        ("PATCH", path, {"startedAt": "2026-01-01T00:00:00Z"}),
        ("POST", f"{path}/events", {"step": "feed"}),
        ("POST", f"{path}/photos", {"contentType": "image/png", "size": 1}),
        ("POST", f"{path}/reminders", reminder),
        ("DELETE", f"{path}/reminders/{'0' * 32}", None),
        ("DELETE", path, None),
    ]


def test_the_batch_of_another_is_not_there(ada, eve, batch):
    """Nothing tells it from one that does not exist."""
    before = ada.api.get(f"/batches/{batch['id']}").json()
    for (method, path, body), (_, missing, _) in zip(calls(batch["id"]), calls(MISSING), strict=True):
        answers = [eve.api.request(method, each, json=body) for each in (path, missing)]
        assert told(answers[0]) == told(answers[1])
        assert answers[0].status_code == 404
    assert eve.api.get("/batches").json()["batches"] == []
    assert ada.api.get(f"/batches/{batch['id']}").json() == before


def test_the_reminder_of_another_is_not_there(ada, eve, batch, now):
    later = f"{now().year + 1}-01-01T00:00"
    reminder = ada.api.post(f"/batches/{batch['id']}/reminders", json={"step": "feed", "zone": "UTC", "at": later})
    path = f"/batches/{batch['id']}/reminders"
    answers = [eve.api.delete(f"{path}/{each}") for each in (reminder.json()["id"], "0" * 32)]
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 404


@pytest.mark.parametrize("wrong", ["x", "0" * 27, "USER#1", "..", "%00", "0123456789abcdefghjkmnpqrs", "ÄÖÜ"])
def test_what_is_no_id_is_refused(ada, wrong):
    assert ada.api.get(f"/batches/{wrong}").status_code in {400, 404}


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"name": "", "milk": "beer"}, {"name", "milk"}),
        ({"name": "x", "milk": "cow", "owner": "eve"}, {"owner"}),
        ({"name": "x", "milk": "cow", "startedAt": "yesterday"}, {"startedAt"}),
        ({"name": "x", "milk": "cow", "id": MISSING}, {"id"}),
    ],
)
def test_what_is_wrong_is_named(ada, wrong, fields):
    status, body = told(ada.api.post("/batches", json=wrong))
    assert status == 400
    assert {detail["field"] for detail in body["details"]} == fields


def test_a_deleted_batch_is_gone_with_all_that_belongs_to_it(cloud, ada, batch, mail, clock, now, upload):
    path = f"/batches/{batch['id']}"
    ada.api.patch(path, json={"shared": True})
    ada.api.post(f"{path}/events", json={"step": "feed"})
    where = ada.api.post(f"{path}/photos", json={"contentType": "image/png", "size": 3}).json()
    assert upload(where, b"abc").status_code == 200
    reminder = {"step": "feed", "zone": "UTC", "at": f"{now().year + 1}-01-01T00:00"}
    assert ada.api.post(f"{path}/reminders", json=reminder).status_code == 201
    assert ada.api.delete(path).status_code == 204
    assert ada.api.get(path).status_code == 404
    assert ada.api.delete(path).status_code == 404
    assert ada.api.get(f"/public/b/{batch['id']}").status_code == 404
    s3 = cloud.aws("s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if "photos" in each["Name"]]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    sent = len(mail)
    clock.advance(days=400)
    assert len(mail) == sent
