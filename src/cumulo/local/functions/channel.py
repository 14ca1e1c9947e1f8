"""The host's end of the socket on which one worker takes events and gives its answers.

What Lambda's Runtime API says over HTTP, said in frames over a pair of connected sockets that only these two processes
hold: a line of words that ends with the size of the payload, then the payload. The worker's end is ``client.py``.

=========================================================  =================================================
``<request id> <deadline> <offset> <arn> <trace id> <n>``  to the worker: an event (``GET invocation/next``)
``next - 0``                                               from it: it waits for an event
``response <request id> <n>``                              from it: what the handler returned
``error <request id> <n>``                                 from it: the error object of an exception
``init-error - <n>``                                       from it: the error object of a failed init phase
=========================================================  =================================================

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Protocol

from cumulo.local.functions.outcomes import RESPONSE_LIMIT, Outcome, failed, returned, too_large

_LONGEST_LINE = 256


@dataclass(frozen=True, slots=True)
class Event:
    """What a worker is given.

    Parameters
    ----------
    request_id
        The invocation's request id.
    payload
        The event, as JSON.
    deadline_ms
        When the function times out, in milliseconds since the epoch, in the time that the worker sees.
    offset
        How far that time is ahead of real time, in seconds.
    arn
        The ARN that was invoked.
    trace_id
        The X-Ray trace header.
    """

    request_id: str
    payload: bytes
    deadline_ms: int
    offset: float
    arn: str
    trace_id: str


class Environment(Protocol):
    """What hears from the worker's runtime."""

    def on_ready(self) -> None:
        """Hear that the init phase is over: the runtime asked for its first event."""

    def on_outcome(self, outcome: Outcome) -> None:
        """Hear how the event ended."""

    def on_init_error(self, outcome: Outcome) -> None:
        """Hear that the init phase failed."""


class Channel(asyncio.Protocol):
    """Gives one worker its events, one at a time.

    Parameters
    ----------
    environment
        Hears what the runtime does.

    Examples
    --------
    >>> channel = Channel(worker)  # doctest: +SKIP
    >>> their_end = await channel.open()  # doctest: +SKIP
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._head: tuple[str, str, int] | None = None
        self._ready = False
        self._waiting = False
        self._pending: Event | None = None
        self._current: Event | None = None

    @property
    def undelivered(self) -> bool:
        """Whether an event waits that the runtime has not asked for."""
        return self._pending is not None

    async def open(self) -> int:
        """Begin to listen; return the file descriptor of the worker's end, for the caller to hand over or close."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_unix_connection(lambda: self, sock=ours)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        return theirs.detach()

    def send(self, event: Event) -> None:
        """Hand an event to the runtime, now or when it asks next."""
        if not self._waiting or self._transport is None:
            self._pending = event
            return
        self._waiting = False
        self._current = event
        times = f"{event.deadline_ms} {event.offset!r}"
        line = f"{event.request_id} {times} {event.arn} {event.trace_id} {len(event.payload)}\n"
        self._transport.write(line.encode() + event.payload)

    def close(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, problem: Exception | None) -> None:
        """Take note of the worker's end, before the news of it comes; an event that it has not read is as good as new.

        The kernel tells: a reading end that is closed with something unread in it resets the connection.
        https://man7.org/linux/man-pages/man7/unix.7.html
        """
        self._waiting = False
        if problem is not None and self._current is not None:
            self._pending, self._current = self._current, None

    def data_received(self, data: bytes) -> None:
        """Take what the worker sent."""
        self._received += data
        try:
            while self._take():
                pass
        except ValueError:  # the function's code wrote to the socket: nothing that follows can be trusted
            self.close()

    def _take(self) -> bool:
        """Take one message if it is there as a whole."""
        if self._head is None:
            end = self._received.find(b"\n", 0, _LONGEST_LINE)
            if end < 0:
                if len(self._received) >= _LONGEST_LINE:
                    raise ValueError("no line")
                return False
            verb, request_id, size = self._received[:end].decode("ascii").split(" ")
            if not size.isdigit():
                raise ValueError(size)
            del self._received[: end + 1]
            self._head = verb, request_id, int(size)
        verb, request_id, length = self._head
        if length > RESPONSE_LIMIT:
            self._received.clear()
            self._end(request_id, too_large())
            return False  # the worker is killed for it
        if len(self._received) < length:
            return False
        payload = bytes(self._received[:length])
        del self._received[:length]
        self._head = None
        self._handle(verb, request_id, payload)
        return True

    def _handle(self, verb: str, request_id: str, payload: bytes) -> None:
        if verb == "next":
            self._next()
        elif verb == "response":
            self._end(request_id, returned(payload))
        elif verb == "error":
            self._end(request_id, failed(payload))
        elif verb == "init-error":
            self._environment.on_init_error(failed(payload))
        else:
            raise ValueError(verb)

    def _next(self) -> None:
        self._waiting = True
        if not self._ready:
            self._ready = True
            self._environment.on_ready()
        event, self._pending = self._pending, None
        if event is not None:
            self.send(event)

    def _end(self, request_id: str, outcome: Outcome) -> None:
        if self._current is None or request_id != self._current.request_id:
            raise ValueError(request_id)
        self._current = None
        self._environment.on_outcome(outcome)
