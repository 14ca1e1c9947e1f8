"""SQS over its JSON protocol, on the event loop.

boto3 does the same for 450 ms and 35 MB, which a `cumulo dev` that starts in a second does not have.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cumulo.local.queues.http import HttpClient
from cumulo.local.queues.signing import Credentials, signed_headers

Message = Mapping[str, Any]

_PATIENCE = 10.0  # seconds for an answer beyond the wait that was asked for
_ENTRIES = 10  # of one batch request


class SqsError(Exception):
    """SQS refused a request.

    Parameters
    ----------
    code
        ``"QueueDoesNotExist"`` and the like.
    message
        The reason in SQS's words.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class SqsClient:
    """Calls SQS at one endpoint.

    Parameters
    ----------
    endpoint
        ``"http://127.0.0.1:4566"``.
    region
        The region that requests are signed for.
    credentials
        Who asks.
    now
        Tells the time that requests are signed at, in seconds since the epoch.

    Notes
    -----
    Methods raise :class:`SqsError` when SQS refuses and ``OSError`` when it cannot be reached.

    Examples
    --------
    >>> client = SqsClient(emulator.endpoint, "eu-central-1", emulator.root_credentials())  # doctest: +SKIP
    >>> await client.receive(url, 10, wait=1)  # doctest: +SKIP
    """

    def __init__(
        self, endpoint: str, region: str, credentials: Credentials, now: Callable[[], float] = time.time
    ) -> None:
        parts = urlsplit(endpoint)
        self._host = parts.netloc
        self._region, self._credentials, self._now = region, credentials, now
        self._http = HttpClient(parts.hostname or "127.0.0.1", parts.port or 80)

    async def send(self, url: str, body: str, **parameters: Any) -> str:
        """Send a message and return its id; further parameters are those of ``SendMessage``."""
        answer = await self._call("SendMessage", {"QueueUrl": url, "MessageBody": body, **parameters})
        return str(answer["MessageId"])

    async def receive(
        self, url: str, count: int, *, wait: int = 0, visibility_timeout: int | None = None
    ) -> list[Message]:
        """Receive up to ``count`` (at most 10) messages with all attributes, waiting ``wait`` seconds for the first."""
        parameters = {
            "QueueUrl": url,
            "MaxNumberOfMessages": count,
            "WaitTimeSeconds": wait,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        if visibility_timeout is not None:
            parameters["VisibilityTimeout"] = visibility_timeout
        answer = await self._call("ReceiveMessage", parameters, wait=wait)
        return list(answer.get("Messages", ()))

    async def delete(self, url: str, messages: Sequence[Message]) -> None:
        """Delete received messages; those that are gone or were received again meanwhile are left alone."""
        await self._batches("DeleteMessageBatch", url, messages, {})

    async def change_visibility(self, url: str, messages: Sequence[Message], seconds: int) -> None:
        """Make received messages visible again in so many seconds."""
        await self._batches("ChangeMessageVisibilityBatch", url, messages, {"VisibilityTimeout": seconds})

    async def attributes(self, url: str) -> dict[str, str]:
        """Return all attributes of a queue."""
        answer = await self._call("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
        return dict(answer.get("Attributes", {}))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    async def _batches(self, action: str, url: str, messages: Sequence[Message], extra: Mapping[str, Any]) -> None:
        for part in _slices(messages):
            entries = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"], **extra}
                for index, message in enumerate(part)
            ]
            await self._call(action, {"QueueUrl": url, "Entries": entries})

    async def _call(self, action: str, parameters: Mapping[str, Any], *, wait: float = 0) -> dict[str, Any]:
        body = json.dumps(parameters).encode()
        headers = {
            "host": self._host,
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"AmazonSQS.{action}",
        }
        signed = signed_headers(
            headers,
            body,
            credentials=self._credentials,
            region=self._region,
            service="sqs",
            now=datetime.fromtimestamp(self._now(), UTC),
        )
        status, raw = await self._http.post(signed, body, timeout=wait + _PATIENCE)
        answer = _parsed(raw)
        if status != 200:
            code = str(answer.get("__type", f"HTTP {status}")).rpartition("#")[2]
            raise SqsError(code, str(answer.get("message", answer.get("Message", ""))))
        return answer


def _slices(messages: Sequence[Message]) -> Iterable[Sequence[Message]]:
    return (messages[start : start + _ENTRIES] for start in range(0, len(messages), _ENTRIES))


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
