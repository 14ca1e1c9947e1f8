"""Page cursors: opaque to the caller, bound to their query, and refused when altered.

A cursor says where the next page begins: version byte, tag, and the encrypted position, in URL-safe base64. It is made
as a synthetic initialisation vector is (SIV, https://www.rfc-editor.org/rfc/rfc5297), of the standard library's parts:

- the tag is HMAC-SHA-256, cut to 128 bits, of the version, the query and the position;
- the position is combined (XOR) with a keystream: SHAKE-256 of the stream's key and the tag;
- both keys are derived from the secret, each for its purpose alone.

So no caller can read a position, alter it, make one, or use it for another query, and no random number is needed. It
does not hide a position's length, nor that two cursors are of the same position and query: those are equal. And it
does not expire: a cursor can be used again for as long as the secret stays.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cumulo.runtime.errors import CursorError

VERSION = b"\x02"
PURPOSE = b"cumulo.runtime.cursors/2/"
TAG_LENGTH = 16
LONGEST = 4096
SHORTEST_SECRET = 16


class Cursors:
    """Makes and opens cursors.

    Parameters
    ----------
    secret
        A secret that callers do not know; all functions that open one another's cursors share it.

    Examples
    --------
    >>> cursors = Cursors("a long secret value")
    >>> cursor = cursors.make({"PK": "ITEM#1"}, query={"category": "shoes"})
    >>> cursors.open(cursor, query={"category": "shoes"})
    {'PK': 'ITEM#1'}
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"a secret for cursors has at least {SHORTEST_SECRET} characters")
        self._tag_key = hmac.digest(secret.encode(), PURPOSE + b"tag", "sha256")
        self._stream_key = hmac.digest(secret.encode(), PURPOSE + b"stream", "sha256")

    def make(self, position: Mapping[str, Any], *, query: Mapping[str, Any]) -> str:
        """Return the cursor for a position.

        Parameters
        ----------
        position
            Where the next page begins: plain JSON values.
        query
            What the cursor belongs to: plain JSON values that the next request must repeat.
        """
        payload = _json(position)
        tag = self._tag(payload, query)
        return _encoded(VERSION + tag + self._crypted(payload, tag))

    def open(self, cursor: str, *, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the position of a cursor.

        Raises
        ------
        CursorError
            When the cursor was not made here, was altered, or belongs to another query.
        """
        raw = _decoded(cursor)
        tag = raw[1 : 1 + TAG_LENGTH]
        payload = self._crypted(raw[1 + TAG_LENGTH :], tag)
        if raw[:1] != VERSION or not hmac.compare_digest(tag, self._tag(payload, query)):
            raise CursorError
        position: dict[str, Any] = json.loads(payload)
        return position

    def _tag(self, payload: bytes, query: Mapping[str, Any]) -> bytes:
        bound = hashlib.sha256(_json(query)).digest()
        return hmac.digest(self._tag_key, VERSION + bound + payload, "sha256")[:TAG_LENGTH]

    def _crypted(self, text: bytes, tag: bytes) -> bytes:
        """Encrypt, or decrypt: the same keystream, applied twice, cancels itself."""
        stream = hashlib.shake_256(self._stream_key + tag).digest(len(text))
        return bytes(one ^ other for one, other in zip(text, stream, strict=True))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(cursor: str) -> bytes:
    if len(cursor) > LONGEST:
        raise CursorError
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CursorError from None
    # Base64 has several spellings of the same bytes: only ours is accepted.
    if _encoded(raw) != cursor:
        raise CursorError
    return raw
