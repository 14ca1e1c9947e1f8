"""An issuer of tokens: its keys, an HTTP server for discovery, and a way to sign."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

POOL = "eu-west-1_Kefir1234"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"
CLIENT = "1example23456789"
NOW = 1583953438

KEY = generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """What a user pool serves: discovery and keys, counted."""

    def __init__(self) -> None:
        self.keys: dict[str, RSAPrivateKey] = {"one": KEY}
        self.more: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.name = ISSUER
        self.down = False
        self.url = ""

    def answer(self, path: str) -> object:
        self.asked.append(path)
        if path == f"/{POOL}/.well-known/openid-configuration":
            return {"issuer": self.name, "jwks_uri": f"{self.url}/{POOL}/.well-known/jwks.json"}
        if path == f"/{POOL}/.well-known/jwks.json":
            keys = [jwk(key_id, key) for key_id, key in self.keys.items()]
            return {"keys": [*self.more, *keys]}
        return None


@contextlib.contextmanager
def serving() -> Iterator[Issuer]:
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = None if issuer.down else issuer.answer(self.path)
            body = json.dumps(answer).encode()
            self.send_response(503 if answer is None else 200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def jwk(key_id: str, key: RSAPrivateKey) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig", "alg": "RS256"}


def claims(**changed: Any) -> dict[str, Any]:
    """The claims of an id token; one that is changed to ``None`` is left out."""
    made = {
        "sub": "ann",
        "iss": ISSUER,
        "aud": CLIENT,
        "token_use": "id",
        "iat": NOW - 10,
        "exp": NOW + 3600,
        "email": "ann@example.com",
        "email_verified": True,
        "cognito:groups": ["brewers", "admins"],
    }
    return {name: value for name, value in {**made, **changed}.items() if value is not None}


def token(key: RSAPrivateKey = KEY, key_id: str | None = "one", algorithm: str = "RS256", **changed: Any) -> str:
    headers = {"kid": key_id} if key_id is not None else {}
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers=headers)


def part(value: object) -> str:
    """A part of a token, made by hand."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
