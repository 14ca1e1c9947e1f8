"""The public keys of a token's issuer, found by OpenID Connect discovery.

See https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jwt import PyJWK, PyJWKError, PyJWTError

from cumulo.local.http_api.hosts import is_loopback

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

KEPT = 2 * 3600.0
"""How long API Gateway keeps an issuer's keys, in seconds."""

PAUSE = 10.0
"""An issuer is asked again for a key that it did not have after so many seconds, so that no caller can flood it."""

TIMEOUT = 1.5
"""How long an issuer may take to answer, in seconds: API Gateway's."""

_LARGEST = 1024 * 1024

Fetch = Callable[[str], Awaitable[bytes]]


class IssuerError(Exception):
    """The issuer's keys cannot be had."""


class Keys:
    """The keys of one issuer, by their ids.

    They are fetched when the first one is needed, when they are two hours old, and when a token names one that is not
    among them. What could be fetched last stays in use when the issuer does not answer.

    Parameters
    ----------
    issuer
        The issuer, as tokens name it in ``iss``.
    address
        Where it is asked: the issuer itself, or the local user pool that stands for it.
    now
        The clock, in seconds.
    fetch
        Gets a URL.
    """

    def __init__(self, issuer: str, address: str, now: Callable[[], float], fetch: Fetch | None = None) -> None:
        self._issuer = issuer
        self._address = address
        self._now = now
        self._fetch = fetch or _get
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched = self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def find(self, key_id: str) -> RSAPublicKey | None:
        """Return a key, ``None`` when the issuer has none of that id.

        Raises
        ------
        IssuerError
            When the issuer cannot be asked and never was.
        """
        if key_id not in self._keys or self._now() - self._fetched >= KEPT:
            async with self._asking:
                await self._refresh(key_id)
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str) -> None:
        now = self._now()
        known = key_id in self._keys and now - self._fetched < KEPT  # another request was waited for
        if known or (self._keys and now - self._asked < PAUSE):
            return
        self._asked = now
        try:
            self._keys = await self._discover()
            self._fetched = now
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            if not self._keys:
                raise IssuerError(f"{self._address} gives no keys: {error}") from error

    async def _discover(self) -> dict[str, RSAPublicKey]:
        about = json.loads(await self._fetch(f"{self._address.rstrip('/')}/.well-known/openid-configuration"))
        if about["issuer"] != self._issuer:
            raise ValueError(f"it calls itself {about['issuer']!r}")
        found = str(about["jwks_uri"])
        if urlsplit(found).scheme != "https" and not _same_origin(found, self._address):
            raise ValueError(f"its keys are not served over https: {found}")
        keys = (_read(key) for key in json.loads(await self._fetch(found))["keys"])
        return {key_id: key for key_id, key in keys if key is not None}


def _read(key: Mapping[str, Any]) -> tuple[str, RSAPublicKey | None]:
    """Return a key with its id; ``None`` for one that signs no tokens, or none that are accepted here."""
    if key.get("kty") != "RSA" or key.get("use", "sig") != "sig" or "d" in key:
        return "", None
    try:
        return str(key["kid"]), PyJWK(dict(key), algorithm="RS256").key
    except (PyJWKError, PyJWTError, ValueError):
        return "", None


def _same_origin(one: str, other: str) -> bool:
    return urlsplit(one)[:2] == urlsplit(other)[:2]


async def _get(url: str) -> bytes:
    return await asyncio.to_thread(_read_url, url)


def _read_url(url: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.netloc):
        raise ValueError(f"{url} is not https")
    proxies = urllib.request.ProxyHandler({} if is_loopback(parts.netloc) else None)
    try:
        with urllib.request.build_opener(proxies).open(url, timeout=TIMEOUT) as answer:
            body: bytes = answer.read(_LARGEST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise ValueError(f"{url} answers {error.code}") from None
    if len(body) > _LARGEST:
        raise ValueError(f"{url} answers more than {_LARGEST} bytes")
    return body
