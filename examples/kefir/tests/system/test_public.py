"""The public page: only what was shared, and only what is meant for others."""

import re

import httpx
import pytest
from tests.system.helpers import PHOTO, told


@pytest.fixture
def shared(ada, batch):
    return ada.api.patch(f"/batches/{batch['id']}", json={"shared": True}).json()


@pytest.fixture
def anyone(client):
    return client()


def test_only_what_is_meant_for_others_is_shown(anyone, ada, shared):
    answer = anyone.get(f"/public/b/{shared['id']}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {name: shared[name] for name in ("id", "name", "milk", "startedAt")} | {"photo": None}
    page = anyone.get(f"/public/b/{shared['id']}.html")
    for secret in ("Not for Eve", ada.address, "notes", "version"):
        assert secret not in answer.text
        assert secret not in page.text


def test_the_photo_is_shown_and_its_address_does_not_tell_whose_it_is(anyone, ada, shared, upload):
    where = ada.api.post(
        f"/batches/{shared['id']}/photos", json={"contentType": "image/png", "size": len(PHOTO)}
    ).json()
    upload(where, PHOTO)
    address = anyone.get(f"/public/b/{shared['id']}").json()["photo"]
    assert httpx.get(address).content == PHOTO
    page = anyone.get(f"/public/b/{shared['id']}", headers={"accept": "text/html"})
    assert httpx.get(re.search('<img src="([^"]+)"', page.text)[1].replace("&amp;", "&")).content == PHOTO
    origin = "/".join(address.split("/")[:3])
    assert f"img-src {origin};" in page.headers["content-security-policy"]


def test_a_batch_that_is_not_shared_is_not_there(anyone, ada, batch):
    missing = told(anyone.get("/public/b/0123456789ABCDEFGHJKMNPQRS"))
    assert missing[0] == 404
    assert told(anyone.get(f"/public/b/{batch['id']}")) == missing
    ada.api.patch(f"/batches/{batch['id']}", json={"shared": True})
    assert anyone.get(f"/public/b/{batch['id']}").status_code == 200
    ada.api.patch(f"/batches/{batch['id']}", json={"shared": False})
    assert told(anyone.get(f"/public/b/{batch['id']}")) == missing


def test_a_batch_can_be_shared_from_the_start(anyone, ada):
    batch = ada.api.post("/batches", json={"name": "Open", "milk": "water", "shared": True}).json()
    assert anyone.get(f"/public/b/{batch['id']}").json()["name"] == "Open"


def test_the_page_that_is_missing_is_a_page(anyone):
    answer = anyone.get("/public/b/0123456789ABCDEFGHJKMNPQRS", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such batch" in answer.text


@pytest.mark.parametrize("address", ["x", "0123456789ABCDEFGHJKMNPQRS.exe", "a%00b", "..%2f..%2fbatches", "'--"])
def test_what_is_no_id_is_not_there(anyone, address):
    assert anyone.get(f"/public/b/{address}").status_code == 404


def test_names_are_no_code(anyone, ada):
    evil = "</title><script>alert(1)</script>"
    batch = ada.api.post("/batches", json={"name": evil, "milk": "cow", "shared": True}).json()
    page = anyone.get(f"/public/b/{batch['id']}.html")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_browsers_are_told_to_be_strict(anyone, shared):
    """https://owasp.org/www-project-secure-headers/"""
    headers = anyone.get(f"/public/b/{shared['id']}", headers={"accept": "text/html"}).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; img-src 'none'; style-src 'sha256-")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "max-age" in headers["strict-transport-security"]
