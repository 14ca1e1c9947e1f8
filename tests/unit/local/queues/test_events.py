"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting"""

from __future__ import annotations

import pytest

from cumulo.local.queues.events import failed_ids

BATCH = ["a", "b", "c"]


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}', b'{"other": 1}']
)
def test_complete_success(answer: bytes) -> None:
    assert failed_ids(answer, BATCH) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        b'"text"',
        b"[]",
        b'{"batchItemFailures": "a"}',
        b'{"batchItemFailures": [{"itemIdentifier": ""}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        b'{"batchItemFailures": [{"wrongKey": "a"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "unknown"}]}',
        b'{"batchItemFailures": ["a"]}',
    ],
)
def test_complete_failure(answer: bytes) -> None:
    assert failed_ids(answer, BATCH) == frozenset(BATCH)


def test_partial_failure() -> None:
    answer = b'{"batchItemFailures": [{"itemIdentifier": "c"}, {"itemIdentifier": "a"}, {"itemIdentifier": "a"}]}'
    assert failed_ids(answer, BATCH) == {"a", "c"}
