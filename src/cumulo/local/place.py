"""Where a local cloud runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cumulo.errors import CumuloError

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"
DEFAULT_WORKERS = 10


class PortInUseError(CumuloError):
    """Another program listens on a port that was asked for.

    Attributes
    ----------
    port
        The port.
    """

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use", hint="free it, or choose another port")
        self.port = port


@dataclass(frozen=True)
class Place:
    """Where a local cloud runs.

    Parameters
    ----------
    project
        The project's folder, that functions are imported from.
    state
        Folder that keeps data, journal and what is deployed; ``None`` keeps everything in memory.
    port
        Port of the first API, the next ones follow; 0 for any free ports.
    services_port
        Port of the data services; 0 for any free port.
    account, region
        What ARNs carry.
    workers
        Most workers of a function without reserved concurrency; more events wait their turn.
    """

    project: Path
    state: Path | None = None
    port: int = 0
    services_port: int = 0
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    workers: int = DEFAULT_WORKERS
