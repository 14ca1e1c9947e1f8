"""What the README tells, from the first mail to the public page."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
from tests.system.helpers import PHOTO


def test_from_signing_up_to_the_public_page(client, mail, clock, now, brewer, upload):
    ada = brewer("ada@example.org")
    assert [sent.subject for sent in mail] == ["Your code for Kefir"]

    batch = ada.api.post("/batches", json={"name": "Mild one", "milk": "goat"}).json()
    ada.api.post(f"/batches/{batch['id']}/events", json={"step": "feed", "note": "A litre"})

    where = ada.api.post(f"/batches/{batch['id']}/photos", json={"contentType": "image/png", "size": len(PHOTO)}).json()
    assert upload(where, PHOTO).status_code == 200

    next_month = (now().astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=30)).strftime("%Y-%m-%dT09:00")
    reminder = {"step": "strain", "zone": "Europe/Berlin", "at": next_month}
    assert ada.api.post(f"/batches/{batch['id']}/reminders", json=reminder).status_code == 201

    clock.advance(days=31)
    assert [(sent.to, sent.subject) for sent in mail[1:]] == [(("ada@example.org",), "Mild one: time to strain it")]
    assert "strain it: Mild one" in mail[1].text
    assert "strain it: <strong>Mild one</strong>" in mail[1].html

    page = f"/public/b/{batch['id']}"
    assert client().get(page).status_code == 404
    # A month later the token is no good any more.
    assert ada.api.get("/batches").status_code == 401
    ada = brewer("ada@example.org")
    assert ada.api.patch(f"/batches/{batch['id']}", json={"shared": True}).status_code == 200
    shown = client().get(page, headers={"accept": "text/html"})
    assert "<h1>Mild one</h1>" in shown.text
    address = re.search('<img src="([^"]+)"', shown.text)[1].replace("&amp;", "&")
    assert httpx.get(address).content == PHOTO

    details = ada.api.get(f"/batches/{batch['id']}").json()
    assert [event["step"] for event in details["events"]] == ["feed"]
    assert [photo["id"] for photo in details["photos"]] == [where["id"]]
    assert details["reminders"][0]["sentAt"].startswith(next_month[:10])
