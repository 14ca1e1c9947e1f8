"""Photos: by presigned URLs that take exactly what was announced, and nothing else."""

import httpx
import pytest
from tests.system.helpers import PHOTO, told


@pytest.fixture
def ask(ada, batch):
    """Return a function that asks where a photo goes."""

    def ask(content_type="image/png", size=3):
        return ada.api.post(f"/batches/{batch['id']}/photos", json={"contentType": content_type, "size": size})

    return ask


@pytest.fixture
def photos(ada, batch):
    """Return a function that lists the photos of the batch."""
    return lambda: ada.api.get(f"/batches/{batch['id']}").json()["photos"]


@pytest.mark.parametrize(
    ("content_type", "suffix"), [("image/jpeg", ".jpg"), ("image/png", ".png"), ("image/webp", ".webp")]
)
def test_a_photo_goes_up_and_comes_back(ask, photos, upload, content_type, suffix):
    content = PHOTO
    where = ask(content_type, len(content)).json()
    assert photos() == []
    assert upload(where, content).status_code == 200
    (photo,) = photos()
    assert (photo["id"], photo["size"]) == (where["id"], len(content))
    assert suffix in photo["url"]
    got = httpx.get(photo["url"])
    assert (got.content, got.headers["content-type"]) == (content, content_type)


def test_the_newest_photo_comes_first(ask, photos, upload):
    made = [ask().json() for _ in range(3)]
    for where in made:
        upload(where, b"abc")
    assert [photo["id"] for photo in photos()] == [where["id"] for where in reversed(made)]


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/html", "image/gif", "", None])
def test_another_type_is_refused(ask, content_type):
    status, body = told(ask(content_type))
    assert (status, [detail["field"] for detail in body["details"]]) == (400, ["contentType"])


@pytest.mark.parametrize("size", [0, -1, 5 * 1024 * 1024 + 1, "many", 1.5])
def test_another_size_is_refused(ask, size):
    status, body = told(ask(size=size))
    assert (status, [detail["field"] for detail in body["details"]]) == (400, ["size"])


def test_the_url_takes_the_announced_size_only(ask, photos, upload):
    for content in (b"abcd", b"ab"):
        where = ask(size=3).json()
        assert upload(where, content, **{"Content-Length": str(len(content))}).status_code == 403
    assert photos() == []


def test_the_url_takes_the_announced_type_only(ask, photos, upload):
    where = ask("image/png").json()
    assert upload(where, b"abc", **{"Content-Type": "text/html"}).status_code == 403
    assert photos() == []


def test_the_url_is_good_for_its_own_key_only(ask, upload):
    where = ask().json()
    elsewhere = {**where, "url": where["url"].replace("photos/", "other/", 1)}
    assert upload(elsewhere, b"abc").status_code == 403


def test_the_urls_are_good_for_an_hour(ask, photos, upload, clock):
    late, there = ask().json(), ask().json()
    upload(there, b"abc")
    (photo,) = photos()
    clock.advance(hours=1, seconds=1)
    assert upload(late, b"abc").status_code == 403
    assert httpx.get(photo["url"]).status_code == 403


def test_without_a_signature_there_is_nothing(ask, photos, upload):
    upload(ask().json(), b"abc")
    plain = photos()[0]["url"].partition("?")[0]
    assert httpx.get(plain).status_code == 403
    assert httpx.put(plain, content=b"x").status_code == 403


def test_a_batch_has_at_most_twenty(ask, upload):
    for _ in range(20):
        assert upload(ask().json(), b"abc").status_code == 200
    assert ask().status_code == 409


def test_a_browser_of_the_app_may_upload_and_another_may_not(ask):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html"""
    where = ask().json()

    def preflight(origin):
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type",
        }
        return httpx.options(where["url"], headers=asked)

    allowed = preflight("https://app.kefir.example.com")
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://app.kefir.example.com"
    assert preflight("https://evil.example.com").status_code == 403


def test_photos_expire_after_a_year(cloud, ask, upload, clock):
    upload(ask().json(), b"abc")
    s3 = cloud.aws("s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if "photos" in each["Name"]]
    clock.advance(days=364)
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == 1
    clock.advance(days=3)
    assert "Contents" not in cloud.aws("s3").list_objects_v2(Bucket=bucket)
