"""Which process holds a connection."""

import os
import socket

import pytest

from cumulo.local.functions.connections import connected_by


@pytest.fixture
def ends():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        yield client.getsockname(), server.getsockname()


def test_the_process_that_holds_the_socket(ends):
    assert connected_by(os.getpid(), *ends)
    assert not connected_by(os.getppid(), *ends)


def test_what_does_not_exist(ends):
    assert not connected_by(2**22 + 1, *ends)
    assert not connected_by(os.getpid(), ("127.0.0.1", 1), ends[1])
