"""AWS's runtime client in a worker, with events from the socket that the host holds the other end of.

Everything that a handler meets is AWS's own: how it is found and called, its context, how answers and errors are made
into JSON, and logging. Only the transport differs: ``awslambdaric`` asks the Runtime API over HTTP, twice an event.
The frames are described in ``channel.py``. Imported in the worker only: ``awslambdaric`` reads the environment.
"""

from __future__ import annotations

import os
import select
import socket
from typing import Any

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import InvocationRequest, LambdaRuntimeClient
from awslambdaric.lambda_runtime_marshaller import to_json

from cumulo.local.emulator.launcher.clock import MovedTime


def run(handler: str, connection: socket.socket, moved: MovedTime) -> None:
    """Run a handler on the events that come from the host, until the host ends."""
    bootstrap.run(handler, SocketClient(connection, moved))  # type: ignore[no-untyped-call]


class SocketClient(LambdaRuntimeClient):
    """What the runtime client says to Lambda, said to the host.

    Parameters
    ----------
    connection
        The worker's end of the socket.
    moved
        The worker's time; each event says what it is.
    """

    def __init__(self, connection: socket.socket, moved: MovedTime) -> None:
        super().__init__("")  # type: ignore[no-untyped-call]
        self._moved = moved
        self._connection = connection
        self._incoming = connection.makefile("rb")
        self._outgoing = b""
        self._readable = select.poll()
        self._readable.register(connection, select.POLLIN)

    def wait_next_invocation(self) -> InvocationRequest:
        """Send the last answer, and wait for an event: one system call and one waking for both."""
        self._connection.sendall(self._outgoing + b"next - 0\n")
        self._outgoing = b""
        # A thread that blocks in recv() on a Unix socket is also woken when the other end takes what it sent; this
        # waits for the event only, and leaves that processor to the host.
        self._readable.poll()
        line = self._incoming.readline()
        if not line:
            os._exit(0)
        request_id, deadline, offset, arn, trace_id, size = line.decode().split(" ")
        self._moved.to(float(offset))
        return InvocationRequest(  # type: ignore[no-untyped-call]
            invoke_id=request_id,
            x_amzn_trace_id=trace_id,
            invoked_function_arn=arn,
            deadline_time_in_ms=int(deadline),
            client_context=None,
            cognito_identity=None,
            tenant_id=None,
            content_type="application/json",
            event_body=self._incoming.read(int(size)),
            invocation_id=None,
        )

    def post_invocation_result(
        self,
        invoke_id: str,
        result_data: str | bytes,
        content_type: str = "application/json",  # noqa: ARG002 - AWS's own signature, as below
        invocation_id: str | None = None,  # noqa: ARG002
    ) -> None:
        """Answer with what the handler returned."""
        payload = result_data if isinstance(result_data, bytes) else result_data.encode()
        self._outgoing = _message("response", invoke_id, payload)

    def post_invocation_error(
        self,
        invoke_id: str,
        error_response_data: str,
        xray_fault: str,  # noqa: ARG002
        invocation_id: str | None = None,  # noqa: ARG002
    ) -> None:
        """Answer with an error object."""
        self._outgoing = _message("error", invoke_id, error_response_data.encode())

    def post_init_error(self, error_response_data: Any, error_type_override: str | None = None) -> None:  # noqa: ARG002
        """Say that the init phase failed; the process ends after it."""
        payload: str = to_json(error_response_data)  # type: ignore[no-untyped-call]
        self._connection.sendall(_message("init-error", "-", payload.encode()))


def _message(verb: str, request_id: str, payload: bytes) -> bytes:
    return b"%s %s %d\n%s" % (verb.encode(), request_id.encode(), len(payload), payload)
