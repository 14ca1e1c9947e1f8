"""A linked S3 bucket, and the URLs with which others put and get its objects without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LONGEST = 7 * 24 * 3600
HOUR = 3600


class Bucket:
    """A linked S3 bucket: its name and a client for it; made by :func:`cumulo.runtime.linked.bucket`.

    The URLs are signed with the credentials of the function: whoever has one may do what the function's role may do,
    to that one object, until the URL or the credentials expire.

    Notes
    -----
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html

    Examples
    --------
    >>> photos = linked.bucket("photos")  # doctest: +SKIP
    >>> url, headers = photos.presigned_put("1.jpg", content_type="image/jpeg", size=len(photo))  # doctest: +SKIP
    >>> httpx.put(url, headers=headers, content=photo)  # doctest: +SKIP
    """

    def __init__(self, name: str, client: S3Client) -> None:
        self.name: Final = name
        self.client: Final = client

    def presigned_put(
        self, key: str, *, content_type: str, size: int, expires: int = HOUR
    ) -> tuple[str, dict[str, str]]:
        """Return a URL to put one object of this type and size to, and the headers to send with it.

        The signature covers both headers, so S3 refuses (403 ``SignatureDoesNotMatch``) another type, and a body of
        another length: one byte more or less.

        Parameters
        ----------
        key
            The object's key.
        content_type
            The one media type that it may have: ``"image/jpeg"``.
        size
            Its one length, in bytes.
        expires
            How long the URL is good, in seconds, 1 to 604800 (7 days); an hour by default.

        Raises
        ------
        ValueError
            When the size is negative, the type is empty, or the time is out of range.

        Notes
        -----
        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
        """
        if size < 0 or not content_type:
            raise ValueError("an object has a type, and a size of 0 bytes or more")
        url = self._sign("put_object", expires, Key=key, ContentType=content_type, ContentLength=size)
        return url, {"Content-Type": content_type, "Content-Length": str(size)}

    def presigned_get(self, key: str, *, expires: int = HOUR) -> str:
        """Return a URL to get one object from; ``expires`` as for :meth:`presigned_put`."""
        return self._sign("get_object", expires, Key=key)

    def _sign(self, operation: str, expires: int, **parameters: Any) -> str:
        if not 1 <= expires <= LONGEST:
            raise ValueError(f"a presigned URL is good for 1 to {LONGEST} seconds, not {expires}")
        return self.client.generate_presigned_url(
            operation, Params={"Bucket": self.name, **parameters}, ExpiresIn=expires
        )
