"""What the parent process asks of the emulator, over HTTP with the secret."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from .authorizing import authorize
from .engine import Engine
from .expiry import Expiry
from .guard import CONTROL, Receive, Scope, Send, answer
from .mail import Outbox
from .persistence import Persistence, SaveError
from .sessions import open_session
from .snapshots import Snapshot, put_back, take

Reply = tuple[int, Any]


@dataclass
class Control:
    """Answers ``POST /_cumulo/<operation>`` with JSON in the body.

    Parameters
    ----------
    stacks
        Deploys.
    persistence
        Saves; ``None`` when the state is not kept.
    outbox
        Has the e-mails that were sent.
    expiry
        Has things expire.
    """

    stacks: Engine
    persistence: Persistence | None
    outbox: Outbox
    expiry: Expiry
    _snapshots: dict[str, Snapshot] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        operations: Mapping[str, Callable[[dict[str, Any]], Awaitable[Reply]]] = {
            "ready": self._ready,
            "save": self._save,
            "snapshot": self._snapshot,
            "restore": self._restore,
            "credentials": self._credentials,
            "authorize": self._authorize,
            "deploy": self._deploy,
            "delete": self._delete,
            "stacks": self._list,
            "mail": self._mail,
            "expire": self._expire,
        }
        operation = operations.get(scope["path"].removeprefix(CONTROL))
        if operation is None or scope["method"] != "POST":
            await answer(send, 404, b'{"error": "there is no such operation"}')
            return
        try:
            status, result = await operation(json.loads(await _body(receive) or b"{}"))
        except Exception as error:
            # The caller is the parent process: it shows the reason and goes on.
            status, result = 500, {"error": f"{scope['path']} failed: {type(error).__name__}: {error}"}
        await answer(send, status, json.dumps(result, default=str).encode())

    async def _ready(self, _request: dict[str, Any]) -> Reply:
        return 200, {}

    async def _save(self, _request: dict[str, Any]) -> Reply:
        if self.persistence:
            try:
                await self.persistence.save()
            except SaveError as error:
                return 507, {"error": str(error)}
        return 200, {}

    async def _snapshot(self, request: dict[str, Any]) -> Reply:
        self._snapshots[request["account"]] = take(request["account"])
        return 200, {}

    async def _restore(self, request: dict[str, Any]) -> Reply:
        snapshot = self._snapshots.get(request["account"])
        if snapshot is None:
            return 404, {"error": "there is no snapshot of this account"}
        put_back(request["account"], snapshot)
        self.expiry.replaced()
        self._changed()
        return 200, {}

    async def _credentials(self, request: dict[str, Any]) -> Reply:
        session = open_session(request["role_arn"], request["account"], request["name"])
        return (200, session) if session else (404, {"error": f"there is no role {request['role_arn']}"})

    async def _expire(self, request: dict[str, Any]) -> Reply:
        gone = self.expiry.run(request["now"])
        if gone:
            self._changed()
        return 200, gone

    async def _authorize(self, request: dict[str, Any]) -> Reply:
        return 200, authorize(request)

    async def _deploy(self, request: dict[str, Any]) -> Reply:
        return 200, await self._operation(self.stacks.deploy, request)

    async def _delete(self, request: dict[str, Any]) -> Reply:
        return 200, await self._operation(self.stacks.delete, request)

    async def _list(self, request: dict[str, Any]) -> Reply:
        return 200, self.stacks.deployed(request["account"], request["region"])

    async def _mail(self, request: dict[str, Any]) -> Reply:
        return 200, self.outbox.sent(request["account"], request["region"])

    async def _operation(
        self, operation: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]], request: dict[str, Any]
    ) -> dict[str, Any]:
        async with self.persistence.held() if self.persistence else nullcontext():
            result = await operation(request)
        self.expiry.changed()
        self._changed()
        return result

    def _changed(self) -> None:
        if self.persistence:
            self.persistence.changed()


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
