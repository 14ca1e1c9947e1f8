from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from cumulo.runtime import linked

NAME = "kefir-prod-photos-123456789012"


@pytest.fixture(params=["eu-central-1", "us-east-1"])
def photos(monkeypatch, request):
    """A linked bucket on AWS."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", request.param)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("PHOTOS_BUCKET_NAME", NAME)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for cached in (linked.bucket, linked.client):
        cached.cache_clear()
    yield linked.bucket("photos")
    for cached in (linked.bucket, linked.client):
        cached.cache_clear()


def test_on_aws_the_host_names_bucket_and_region(photos):
    region = photos.client.meta.region_name
    url, _ = photos.presigned_put("uploads/1.jpg", content_type="image/jpeg", size=7)
    for address in (url, photos.presigned_get("uploads/1.jpg")):
        assert address.startswith(f"https://{NAME}.s3.{region}.amazonaws.com/uploads/1.jpg?")


def test_the_signature_covers_type_and_length(photos):
    url, headers = photos.presigned_put("uploads/1.jpg", content_type="image/jpeg", size=7, expires=60)
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert query["X-Amz-Expires"] == ["60"]
    assert headers == {"Content-Type": "image/jpeg", "Content-Length": "7"}


@pytest.mark.parametrize("expires", [0, -1, 604801])
def test_a_url_is_good_for_a_second_to_a_week(photos, expires):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html."""
    with pytest.raises(ValueError, match="good for 1 to 604800 seconds"):
        photos.presigned_get("uploads/1.jpg", expires=expires)


def test_a_negative_size_and_no_type_are_refused(photos):
    for type_, size in (("image/jpeg", -1), ("", 7)):
        with pytest.raises(ValueError, match="has a type, and a size"):
            photos.presigned_put("uploads/1.jpg", content_type=type_, size=size)
