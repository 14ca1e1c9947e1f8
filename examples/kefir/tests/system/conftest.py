"""People who brew kefir, signed in as the app signs them in."""

from collections.abc import Callable
from datetime import datetime

import httpx
import pytest
from tests.system.helpers import EMAIL, Brewer, Identity


@pytest.fixture
def now(clock) -> Callable[[], datetime]:
    """Give what the clock of the local cloud says, which tests move: not that of the test."""
    return clock.now


@pytest.fixture
def identity(cloud, client, mail) -> Identity:
    return Identity(cloud.aws("cognito-idp"), cloud.outputs["auth"]["AppClientId"], mail, client())


@pytest.fixture
def brewer(identity, client) -> Callable[[str], Brewer]:
    """Return a function that signs someone up and in."""

    def sign_in(address: str) -> Brewer:
        identity.sign_up(address)
        tokens = identity.sign_in(address)
        return Brewer(address, tokens, client(headers={"authorization": f"Bearer {tokens['IdToken']}"}))

    return sign_in


@pytest.fixture
def ada(brewer) -> Brewer:
    return brewer(EMAIL)


@pytest.fixture
def eve(brewer) -> Brewer:
    return brewer("eve@example.org")


@pytest.fixture
def batch(ada) -> dict:
    """A batch of Ada's."""
    answer = ada.api.post("/batches", json={"name": "Mild one", "milk": "cow", "notes": "Not for Eve"})
    assert answer.status_code == 201
    return answer.json()


@pytest.fixture
def upload(client) -> Callable[..., httpx.Response]:
    """Return a function that puts a photo where the API says it goes, with nothing but what the API said."""

    def put(where: dict, content: bytes, **headers: str) -> httpx.Response:
        return httpx.request(where["method"], where["url"], headers={**where["headers"], **headers}, content=content)

    return put
