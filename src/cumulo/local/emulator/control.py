"""The control requests of the parent process: JSON over HTTP on loopback, with the secret."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from cumulo.errors import CumuloError

Json = dict[str, Any]


@dataclass(frozen=True)
class Control:
    """Sends control requests to one emulator.

    Parameters
    ----------
    port
        Where it listens.
    secret
        What it wants to see in ``x-cumulo-secret``.
    """

    port: int
    secret: str = field(repr=False)

    async def call(self, operation: str, request: Json) -> Any:
        """Ask for an operation and return its answer.

        Raises
        ------
        CumuloError
            When the emulator refuses, or is gone.
        """
        try:
            status, body = await self._post(f"/_cumulo/{operation}", json.dumps(request).encode())
            answer = json.loads(body)
        except (OSError, EOFError, ValueError) as error:
            raise CumuloError(
                f"the emulator does not answer ({error or type(error).__name__})",
                where=f"http://127.0.0.1:{self.port}",
                hint="start the command again",
            ) from None
        if status != 200:
            raise CumuloError(str(answer.get("error", status)), where="the emulator")
        return answer

    async def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(
                f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nx-cumulo-secret: {self.secret}\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
            )
            writer.write(body)
            head, _, answer = (await reader.read()).partition(b"\r\n\r\n")
            return int(head.split(b" ", 2)[1]), answer
        except IndexError:
            raise EOFError("it closed the connection") from None
        finally:
            writer.close()
