"""Which requests count as a change."""

from __future__ import annotations

import pytest

from cumulo.local.emulator.launcher.guard import reads_only


@pytest.mark.parametrize(
    ("method", "target", "reads"),
    [
        ("POST", b"DynamoDB_20120810.GetItem", True),
        ("POST", b"DynamoDB_20120810.Query", True),
        ("POST", b"DynamoDB_20120810.PutItem", False),
        ("POST", b"DynamoDB_20120810.TransactWriteItems", False),
        ("POST", b"AmazonSQS.ReceiveMessage", False),
        ("POST", b"", False),
        ("GET", b"", True),
        ("PUT", b"", False),
    ],
)
def test_a_request_that_may_change_something_is_saved(method: str, target: bytes, reads: bool) -> None:
    """A receipt changes a queue: the message is in flight."""
    assert reads_only(method, {b"x-amz-target": target}) is reads
