"""Long polls of queues that end by real time, however the clock is moved meanwhile.

The emulator's own wait until a time of the clock: one that goes back, as between two tests, would have them wait for
days, and take messages along that nobody waits for any more.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

from __future__ import annotations

import asyncio
from typing import Any

_LOOK_SECONDS = 0.1  # as the emulator's own


def install(sqs: Any) -> None:
    """Fit the emulator's SQS."""
    receive_now = sqs._HANDLERS["ReceiveMessage"]

    async def receive(data: dict[str, Any], url: str) -> dict[str, Any]:
        began = asyncio.get_running_loop().time()
        at_once = {**data, "WaitTimeSeconds": 0}
        answer: dict[str, Any] = await receive_now(at_once, url)
        ends = began + _wait(sqs, data, url)
        while not answer.get("Messages") and (left := ends - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(_LOOK_SECONDS, left))
            answer = await receive_now(at_once, url)
        return answer

    sqs._HANDLERS["ReceiveMessage"] = receive


def _wait(sqs: Any, data: dict[str, Any], url: str) -> int:
    """Return for how many seconds a request waits for the first message: as it says, else as the queue does."""
    asked = data.get("WaitTimeSeconds")
    if asked is None:
        queue = sqs._get_q(data.get("QueueUrl", url))
        asked = queue["attributes"].get("ReceiveMessageWaitTimeSeconds", "0")
    return int(asked)
