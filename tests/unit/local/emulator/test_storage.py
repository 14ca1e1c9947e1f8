"""Which headers a presigned request may have."""

from __future__ import annotations

import pytest

from cumulo.local.emulator.launcher.storage import unsigned

SCOPE = b"X-Amz-Credential=ASIA1%2F20261121%2Feu-central-1%2Fs3%2Faws4_request"
SIGNED = SCOPE + b"&X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-tagging&X-Amz-Signature=0"


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (SIGNED, {b"host": b"x", b"content-type": b"image/jpeg", b"x-amz-tagging": b"a=b", b"range": b"bytes=0-1"}),
        (b"", {b"x-amz-acl": b"public-read"}),
        (b"uploads", {b"x-amz-acl": b"public-read"}),
        (SIGNED.replace(b"s3", b"sqs"), {b"x-amz-date": b"20261121T000000Z"}),
    ],
)
def test_what_is_signed_and_what_is_not_presigned_passes(query: bytes, headers: dict[bytes, bytes]) -> None:
    assert unsigned(query, headers) is None


def test_with_a_second_signature_nothing_counts_as_signed() -> None:
    refused = unsigned(SIGNED + b"&x-amz-signature=1", {b"x-amz-tagging": b"a=b"})
    assert refused is not None
    assert refused[0] == 403


def test_a_header_of_amazon_that_is_not_signed_is_refused() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""
    refused = unsigned(SIGNED, {b"x-amz-tagging": b"a=b", b"x-amz-acl": b"public-read", b"x-amz-<": b""})
    assert refused is not None
    status, fields, body = refused
    assert (status, fields[b"content-type"]) == (403, b"application/xml")
    assert b"<HeadersNotSigned>x-amz-&lt;, x-amz-acl</HeadersNotSigned>" in body
