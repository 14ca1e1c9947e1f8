from contextlib import closing

import pytest


@pytest.fixture
def api_key(cloud):
    """What callers of the item routes send."""
    with closing(cloud.aws("secretsmanager")) as secrets:
        return secrets.get_secret_value(SecretId="items-test-api-key")["SecretString"]


@pytest.fixture
def api(client, api_key):
    """A client that knows the API key."""
    return client(headers={"x-api-key": api_key})


@pytest.fixture
def shoe():
    """What a caller sends to create an item."""
    return {"name": "Red shoe", "category": "shoes", "price": 9.95, "quantity": 3, "description": "Left one"}
