"""Where a local cloud runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"


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
    """

    project: Path
    state: Path | None = None
    port: int = 0
    services_port: int = 0
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
