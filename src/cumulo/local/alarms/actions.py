"""What an alarm does when it changes its state: topics and functions are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from cumulo.errors import CumuloError
from cumulo.local.alarms.messages import Change, event, notification, subject, text
from cumulo.local.invoking import Invoker, RequestTooLargeError, TooManyRequestsError, UnknownFunctionError
from cumulo.local.queues.http import HttpClient
from cumulo.local.queues.signing import Credentials, signed_headers

_PATIENCE = 10.0  # seconds for the emulator's answer


class Publisher(Protocol):
    """Publishes to topics."""

    async def publish(self, topic: str, subject: str, message: str, text: str) -> None:
        """Publish a message to the topic of an ARN; those who subscribe by e-mail get the text."""
        ...

    def close(self) -> None:
        """Publish nothing any more."""
        ...


class Topics:
    """The topics of the data services.

    Parameters
    ----------
    endpoint
        ``"http://127.0.0.1:4566"``.
    region
        The region that requests are signed for.
    credentials
        Who publishes.
    now
        The time, in seconds since the epoch.
    """

    def __init__(self, endpoint: str, region: str, credentials: Credentials, now: Callable[[], float]) -> None:
        parts = urlsplit(endpoint)
        self._host = parts.netloc
        self._region, self._credentials, self._now = region, credentials, now
        self._http = HttpClient(parts.hostname or "127.0.0.1", parts.port or 80)

    async def publish(self, topic: str, subject: str, message: str, text: str) -> None:
        """Publish a message to the topic of an ARN; those who subscribe by e-mail get the text.

        https://docs.aws.amazon.com/sns/latest/api/API_Publish.html

        Raises
        ------
        CumuloError
            When there is no such topic.
        OSError
            When the data services cannot be reached.
        """
        request = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Subject": subject}
        messages = _json({"default": message, "email": text})
        body = urlencode({**request, "MessageStructure": "json", "Message": messages}).encode()
        headers = {"host": self._host, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        signed = signed_headers(
            headers,
            body,
            credentials=self._credentials,
            region=self._region,
            service="sns",
            now=datetime.fromtimestamp(self._now(), UTC),
        )
        status, _ = await self._http.post(signed, body, timeout=_PATIENCE)
        if status != 200:
            raise CumuloError(f"SNS answered {status}", where=f"topic {topic}", hint="look whether the topic exists")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


async def perform(change: Change, *, publisher: Publisher, invoker: Invoker) -> list[str]:
    """Tell those who are to hear of a change, and return what went wrong: as on AWS the state changes anyhow."""
    failed = []
    for arn in change.alarm.actions(change.new.state):
        try:
            await _tell(arn, change, publisher, invoker)
        except (CumuloError, OSError, UnknownFunctionError, TooManyRequestsError, RequestTooLargeError) as problem:
            failed.append(f"the action {arn} failed: {problem or type(problem).__name__}")
    return failed


async def _tell(arn: str, change: Change, publisher: Publisher, invoker: Invoker) -> None:
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service == "sns":
        await publisher.publish(arn, subject(change), _json(notification(change)), text(change))
    elif service == "lambda":
        await invoker.invoke(arn, _json(event(change)).encode())
    else:
        raise CumuloError("only topics and functions are told here")


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)
