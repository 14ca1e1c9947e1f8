import boto3
import pytest

from cumulo.runtime import linked


@pytest.fixture
def cloud(emulator, account, monkeypatch):
    """An account of its own, reached as a function reaches AWS: through its environment. Returns a session."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name, value in emulator.root_credentials(account).environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    caches = [linked.table, linked.bucket, linked.queue, linked.topic, linked.secret, linked.parameter, linked.client]
    caches += [linked._secrets, linked._parameters]
    for cached in caches:
        cached.cache_clear()
    yield boto3.Session()
    for cached in caches:
        cached.cache_clear()
