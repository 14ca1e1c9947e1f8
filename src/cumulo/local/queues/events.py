"""What a function gets for a batch of messages, and what its answer says about them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cumulo.local.queues.client import Message


def record(message: Message, *, queue_arn: str, region: str) -> dict[str, Any]:
    """Return one record of the event for a received message.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
    """
    attributes: Mapping[str, Mapping[str, Any]] = message.get("MessageAttributes", {})
    content = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }
    if "MD5OfMessageAttributes" in message:
        content["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return content


def failed_ids(answer: bytes, batch: Collection[str]) -> frozenset[str]:
    """Return the ids of the messages that failed, from the answer of a function that reports them.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

    Parameters
    ----------
    answer
        What the function returned, as JSON. Nothing, ``null``, no ``batchItemFailures`` or an empty one: all
        succeeded. An answer that is not understood, or that names a message outside of the batch: all failed.
    batch
        The ids of the batch.

    Examples
    --------
    >>> sorted(failed_ids(b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', ["a", "b"]))
    ['b']
    """
    everything = frozenset(batch)
    try:
        data = json.loads(answer or b"null")
    except (ValueError, RecursionError):
        return everything
    if data is None or data == {}:
        return frozenset()
    if not isinstance(data, dict):
        return everything
    failures = data.get("batchItemFailures")
    if failures is None:
        return frozenset()
    if not isinstance(failures, list):
        return everything
    return _identified(failures, everything)


def _identified(failures: Sequence[Any], everything: frozenset[str]) -> frozenset[str]:
    ids = [str(failure.get("itemIdentifier", "")) if isinstance(failure, dict) else "" for failure in failures]
    return frozenset(ids) if everything.issuperset(ids) else everything


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        content["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        content["binaryValue"] = value["BinaryValue"]
    return content
