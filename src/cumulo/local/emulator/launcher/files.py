"""One state file: written whole or not at all, and checked when it is read.

The first line is a JSON header with the digest of the rest, the service's state as the emulator encodes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from ministack.core.persistence import _json_default, _json_object_hook

FORMAT = 1


class CorruptError(Exception):
    """The file is not what was written."""


def encode(state: dict[str, Any]) -> bytes:
    """Encode one service's state."""
    return json.dumps(state, default=_json_default, separators=(",", ":")).encode()


def write(path: Path, body: bytes, digest: str, endpoint: str) -> None:
    """Write a state file so that a crash or a full disk at any moment leaves the old one.

    Parameters
    ----------
    path
        The file.
    body, digest
        The encoded state and its :func:`digest_of`.
    endpoint
        Where the emulator listens: queue URLs in the state begin with it.
    """
    header = json.dumps({"format": FORMAT, "sha256": digest, "endpoint": endpoint}).encode()
    draft = path.with_name(f"{path.name}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(header + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read(path: Path, endpoint: str) -> tuple[dict[str, Any], str]:
    """Return the state in a file written by :func:`write`, and its digest.

    Parameters
    ----------
    path
        The file.
    endpoint
        Where the emulator listens now; URLs in the state that name where it listened then are changed to it.

    Raises
    ------
    CorruptError
        When it was cut short or changed.
    """
    header, _, body = path.read_bytes().partition(b"\n")
    try:
        head = json.loads(header)
        if head["format"] != FORMAT or head["sha256"] != digest_of(body):
            raise CorruptError("its digest does not fit")
        if head["endpoint"] != endpoint:
            body = body.replace(head["endpoint"].encode() + b"/", endpoint.encode() + b"/")
        state: dict[str, Any] = json.loads(body, object_hook=_json_object_hook)
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError(str(error)) from None
    return state, digest_of(body)


def digest_of(body: bytes) -> str:
    """Return the digest that tells whether a state changed."""
    return hashlib.sha256(body).hexdigest()


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used, so that nothing overwrites it."""
    aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}")
    path.rename(aside)
    return aside
