"""Errors in the shape that the caller's SDK expects, so that it shows the message.

https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping
from xml.sax.saxutils import escape

Response = tuple[int, Mapping[bytes, bytes], bytes]

_SCOPE = re.compile(rb"Credential=[^/,\s]+/\d{8}/[^/,\s]+/([^/,\s]+)/aws4_request")
# Signed for an API, not for a service; the emulator's own APIs take it.
_NO_SERVICE = "execute-api"
_REST_XML = frozenset(("cloudfront", "route53", "s3", "s3-outposts", "s3express"))


def unserved(headers: Mapping[bytes, bytes], services: Collection[str]) -> Response | None:
    """Return the answer to a request that is signed for a service that is not served; ``None`` for all others.

    The service is that of the credential scope in ``Authorization``:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

    Parameters
    ----------
    headers
        The request's, their names in lower case.
    services
        The names of those that are served.
    """
    service = _service(headers)
    if service is None or service in services or service == _NO_SERVICE:
        return None
    text = f"cumulo serves no {service} here; it serves {', '.join(sorted(services))}"
    return _error(headers, 501, "ServiceNotServed", text)


def failed(headers: Mapping[bytes, bytes], problem: Exception) -> Response:
    """Return the answer to a request that the emulator failed on, and say so unless the request was to blame.

    Parameters
    ----------
    headers
        The request's, their names in lower case.
    problem
        What the emulator raised.
    """
    if isinstance(problem, ValueError):  # what is not text, or not JSON
        return _error(headers, 400, "SerializationException", "the request cannot be read")
    reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
    print(f"emulator: a request to {_service(headers) or 'it'} failed: {reason}", file=sys.stderr, flush=True)  # noqa: T201
    return _error(headers, 500, "InternalFailure", "the emulator failed on the request")


def _service(headers: Mapping[bytes, bytes]) -> str | None:
    found = _SCOPE.search(headers.get(b"authorization", b""))
    return found.group(1).decode("ascii", "replace") if found else None


def _error(headers: Mapping[bytes, bytes], status: int, code: str, text: str) -> Response:
    content_type = headers.get(b"content-type", b"")
    service = _service(headers)
    if headers.get(b"smithy-protocol") == b"rpc-v2-cbor":
        fields = {b"content-type": b"application/cbor", b"smithy-protocol": b"rpc-v2-cbor"}
        return status, fields, b"\xa2" + b"".join(map(_cbor, ("__type", code, "message", text)))
    if content_type.startswith(b"application/x-www-form-urlencoded") or service in _REST_XML:
        error = f"<Error><Code>{code}</Code><Message>{escape(text)}</Message></Error>"
        nested = {
            "ec2": f"<Response><Errors>{error}</Errors></Response>",
            "s3": error,
        }.get(service or "", f"<ErrorResponse>{error}</ErrorResponse>")
        return status, {b"content-type": b"text/xml"}, nested.encode()
    fields = {b"content-type": b"application/json", b"x-amzn-errortype": code.encode()}
    return status, fields, json.dumps({"__type": code, "message": text}).encode()


def _cbor(text: str) -> bytes:
    """Encode a text string: https://www.rfc-editor.org/rfc/rfc8949.html#section-3.1."""
    body = text.encode()
    return b"\x79" + len(body).to_bytes(2, "big") + body
