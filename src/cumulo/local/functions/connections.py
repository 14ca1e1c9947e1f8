"""Which process is at the other end of a loopback connection, as the kernel knows it."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from pathlib import Path

_Address = tuple[str, int]
_TRIES = 3  # a table that changes while it is read may leave a line out


def connected_by(pid: int, client: _Address, server: _Address) -> bool:
    """Whether a process holds the client's end of a TCP connection on this machine.

    Parameters
    ----------
    pid
        The process.
    client, server
        IPv4 address and port of the two ends.

    Examples
    --------
    >>> connected_by(1, ("127.0.0.1", 1), ("127.0.0.1", 2))
    False
    """
    for _ in range(_TRIES):
        inode = _inode(client, server)
        if inode is not None:
            return f"socket:[{inode}]" in _descriptors(pid)
    return False


def _inode(client: _Address, server: _Address) -> str | None:
    """Return the inode of the client's socket: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html."""
    table = Path("/proc/net/tcp").read_text()
    _, found, line = table.partition(f" {_hexadecimal(client)} {_hexadecimal(server)} ")
    return line.split(maxsplit=7)[6] if found else None


def _hexadecimal(address: _Address) -> str:
    host, port = address
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"


def _descriptors(pid: int) -> set[str]:
    links: set[str] = set()
    with suppress(OSError):  # the process has ended
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                links.add(str(descriptor.readlink()))
    return links
