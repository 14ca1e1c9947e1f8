"""What S3 does with requests of browsers and of others who have a presigned URL, as far as the emulator does not.

The emulator itself verifies the signature of a presigned URL over method, path, query and signed headers, its time,
and the policies of the role that signed it; and it answers preflights by the bucket's own CORS rules.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from .refusals import Response

_METHODS = ("GET", "HEAD", "PUT", "DELETE")
_SCOPE = re.compile(r"([^/]+)/\d{8}/[^/]+/s3/aws4_request")


def count_as_tls(ministack: Any) -> None:
    """Have ``aws:SecureTransport`` be true for all requests: what stays on this machine cannot be overheard.

    A bucket policy that refuses plain HTTP, as every bucket should have, would refuse everything here otherwise.

    Parameters
    ----------
    ministack
        The emulator's application module.
    """
    pin = ministack.pin_request_origin
    ministack.pin_request_origin = lambda address, _secure: pin(address, secure_transport=True)


def unsigned(query: bytes, headers: Mapping[bytes, bytes]) -> Response | None:
    """Return the refusal of a presigned request with ``x-amz-`` headers that the signer knew nothing of.

    Otherwise whoever has a URL to put a photo could give it a tag, another storage class, or make it public.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (``CanonicalHeaders``)

    Parameters
    ----------
    query
        The request's query, as it was sent.
    headers
        The request's headers, their names in lower case.
    """
    parameters = _presigned(query)
    if parameters is None or (parameters and not _SCOPE.fullmatch(parameters.get("x-amz-credential", ""))):
        return None
    signed = parameters.get("x-amz-signedheaders", "").lower().split(";")
    names = [name for name in (name.decode("latin-1") for name in headers) if name.startswith("x-amz-")]
    added = [name for name in names if name not in signed]
    if not added:
        return None
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'
        "<Message>There were headers present in the request which were not signed</Message>"
        f"<HeadersNotSigned>{escape(', '.join(sorted(added)))}</HeadersNotSigned></Error>"
    )
    return 403, {b"content-type": b"application/xml"}, body.encode()


def page_may_call(method: str, path: str, query: bytes, headers: Mapping[bytes, bytes]) -> bool:
    """Tell whether a page of another machine may send a request: to a bucket whose CORS rules name the page's origin.

    It may send what a presigned URL of a role or user allows, and ask for that before, which the bucket's rules
    answer; nothing else, since the emulator takes other requests for the account's root. Without an ``Origin``
    (an image, a link) it may get an object with such a URL, as from S3.

    Parameters
    ----------
    method, path, query
        The request's method, its path and its query as it was sent.
    headers
        The request's headers, their names in lower case.
    """
    s3 = sys.modules.get("ministack.services.s3")
    bucket = path.lstrip("/").partition("/")[0]
    if s3 is None or not bucket or s3._bucket_owner_account(bucket) is None:
        return False
    if method == "OPTIONS":
        return b"access-control-request-method" in headers
    if b"x-amz-target" in headers or b"authorization" in headers or not _signed_by_other_than_root(query):
        return False
    origin = headers.get(b"origin")
    if origin is None:
        return method in ("GET", "HEAD")
    return method in _METHODS and _names(s3._cors_rules(bucket) or (), origin.decode("latin-1"), s3)


def _names(rules: Collection[Mapping[str, Any]], origin: str, s3: Any) -> bool:
    return any(s3._cors_pattern_matches(allowed, origin) for rule in rules for allowed in rule.get("AllowedOrigin", ()))


def _signed_by_other_than_root(query: bytes) -> bool:
    """Tell whether a presigned request is for S3, and by someone whose secret only the local cloud knows."""
    from ministack.core.iam_evaluator import is_root_access_key

    parameters = _presigned(query)
    if parameters is None or "action" in parameters:
        return False
    credential = parameters.get("x-amz-credential")
    found = _SCOPE.fullmatch(credential or "")
    keys = [parameters["awsaccesskeyid"]] if "awsaccesskeyid" in parameters else []
    if credential is not None:
        keys.append(found.group(1) if found else "")
    return bool(keys) and not any(is_root_access_key(key) for key in keys)  # to have no key is to be root


def _presigned(query: bytes) -> Mapping[str, str] | None:
    """Return a presigned request's parameters, their names in lower case; ``None`` for another request.

    They are empty when one is there twice: it could be read in two ways.

    SDKs presign by the older of the two signatures in some regions:
    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
    """
    if b"signature=" not in query.lower():
        return None
    parameters = [(name.lower(), value) for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    return dict(parameters) if len(dict(parameters)) == len(parameters) else {}
