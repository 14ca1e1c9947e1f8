"""The keys that user pools sign their tokens with.

The emulator makes a key when its Cognito is imported and keeps keys in files of their own. Here a pool's keys are made
when they are first needed and lie in the pool's record: they are saved and deleted with it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import threading
from typing import Any

_making = threading.Lock()


def install(cognito: Any) -> None:
    """Have the emulator's Cognito sign with these keys."""
    signature_valid = cognito._signature_valid
    # A record that was put back as it was before its keys were made gets the same ones: making them takes long.
    made: dict[tuple[str, str], str] = {}

    def signing_key(pool_id: str, use: str) -> tuple[Any, Any]:
        pool = cognito._get_pool_unscoped(pool_id)
        if pool is None:
            return None, None
        with _making:
            keys = pool.setdefault("_signing_keys", {})
            if use not in keys:
                keys[use] = made.get((pool_id, use)) or _new_key()
            made[pool_id, use] = keys[use]
        return _read_key(keys[use])

    def is_valid(token: str) -> bool:
        pool_id = str(cognito._token_claims(token).get("iss", "")).rsplit("/", 1)[-1]
        return cognito._get_pool_unscoped(pool_id) is not None and bool(signature_valid(token))

    cognito._pool_signing_key = signing_key
    cognito._drop_pool_keys = lambda _pool_id: None
    cognito._signature_valid = is_valid
    # The shared key signs nothing any more; that there is one tells the emulator to check signatures.
    cognito._RSA_PRIVATE_KEY = object()


def _new_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


@functools.lru_cache(maxsize=64)
def _read_key(pem: str) -> tuple[Any, dict[str, str]]:
    """Return a private key, and the public one as a JSON Web Key."""
    from cryptography.hazmat.primitives import serialization

    key: Any = serialization.load_pem_private_key(pem.encode(), password=None)
    public = key.public_key()
    numbers = public.public_numbers()
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    name = base64.b64encode(hashlib.sha256(public.public_bytes(*form)).digest()).decode()
    return key, {
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "kid": name,
        "n": _number(numbers.n),
        "e": _number(numbers.e),
    }


def _number(value: int) -> str:
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
