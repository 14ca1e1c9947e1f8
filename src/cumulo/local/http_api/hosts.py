"""Which ``Host`` headers are answered: loopback names only, so that no web site can reach the API by DNS rebinding."""

from __future__ import annotations

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_loopback(host: str) -> bool:
    """Return whether a ``Host`` header names this machine: ``"localhost:3000"``, ``"api.localhost"``, ``"127.0.0.1"``.

    Examples
    --------
    >>> is_loopback("127.0.0.1:3000"), is_loopback("attacker.example:3000")
    (True, False)
    """
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    name = name.lower()
    return name in _LOOPBACK or name.endswith(".localhost")
