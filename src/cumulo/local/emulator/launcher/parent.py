"""What this process asks of the parent and tells it, over a socket that nobody else has an end of."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from concurrent.futures import Future
from typing import Any


class ParentGoneError(Exception):
    """The parent does not answer any more."""


class Parent:
    """Asks and tells the parent process, a line of JSON each, from any thread.

    Parameters
    ----------
    connection
        This process's end of the socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._sending = threading.Lock()
        self._listener: threading.Thread | None = None
        self._gone = False

    def ask(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        """Ask for something and wait for the answer.

        Raises
        ------
        ParentGoneError
            When the parent is gone.
        """
        number = next(self._numbers)
        answer: Future[dict[str, Any]] = Future()
        with self._sending:
            if self._gone:
                raise ParentGoneError("it closed the connection")
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="parent", daemon=True)
                self._listener.start()
            self._waiting[number] = answer
        self._send({"ask": what, "number": number, **request})
        return answer.result()

    def tell(self, what: str, facts: dict[str, Any]) -> None:
        """Tell something; nobody answers."""
        self._send({"tell": what, **facts})

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        try:
            with self._sending:
                self._connection.sendall(line)
        except OSError as error:
            raise ParentGoneError(str(error)) from error

    def _listen(self) -> None:
        with self._connection.makefile("rb") as lines:
            for line in lines:
                answer = json.loads(line)
                self._waiting.pop(answer["number"]).set_result(answer)
        with self._sending:
            self._gone = True
        for waiting in self._waiting.values():
            waiting.set_exception(ParentGoneError("it closed the connection"))
