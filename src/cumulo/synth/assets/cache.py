"""A folder of checked cache entries: whole or absent, whatever kills or fills the machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIGEST_SIZE = hashlib.sha256().digest_size
UNUSED_SECONDS = 14 * 24 * 3600
TOUCH_SECONDS = 24 * 3600
ABANDONED_SECONDS = 3600
TEMPORARY = ".tmp-"


def fingerprint(*parts: object) -> str:
    """Return a name for JSON-like data: the same data gives the same name.

    Examples
    --------
    >>> fingerprint("a", 1) == fingerprint("a", 1)
    True
    """
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def write_atomically(path: Path, data: bytes, *, mtime: int | None = None) -> None:
    """Write a file that is seen whole or not at all, also by a process that runs beside this one.

    Parameters
    ----------
    path
        The file. Its folder is made when it is missing.
    data
        Its content.
    mtime
        Modification time to give it, in seconds since the epoch; the present by default.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(0o644)
        if mtime is not None:
            os.utime(temporary, (mtime, mtime))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Cache:
    """Entries by key, each stored behind its own SHA-256, so that a damaged one counts as absent.

    Parameters
    ----------
    folder
        Where the entries lie; it may be deleted at any time.

    Examples
    --------
    >>> cache = Cache(Path(".cumulo/cache/assets"))  # doctest: +SKIP
    >>> cache.put("key", b"value")  # doctest: +SKIP
    >>> cache.get("key")  # doctest: +SKIP
    b'value'
    """

    folder: Path

    def get(self, key: str) -> bytes | None:
        """Return an entry, or ``None`` when it is absent or damaged."""
        path = self.folder / key
        try:
            stored = path.read_bytes()
        except OSError:
            return None
        digest, data = stored[:DIGEST_SIZE], stored[DIGEST_SIZE:]
        if hashlib.sha256(data).digest() != digest:
            return None
        _mark_used(path)
        return data

    def put(self, key: str, data: bytes) -> None:
        """Store an entry, replacing one of the same key."""
        write_atomically(self.folder / key, hashlib.sha256(data).digest() + data)

    def get_json(self, key: str) -> Any:
        """Return an entry that :meth:`put_json` stored, or ``None``."""
        data = self.get(key)
        return None if data is None else json.loads(data)

    def put_json(self, key: str, data: object) -> None:
        """Store data that JSON can hold."""
        self.put(key, json.dumps(data, separators=(",", ":")).encode())

    def sweep(self) -> None:
        """Remove entries that were not used for two weeks, and what a killed process left behind."""
        now = time.time()
        with os.scandir(self.folder) as listing:
            entries = list(listing)
        for entry in entries:
            abandoned = entry.name.startswith(TEMPORARY)
            try:
                age = now - entry.stat().st_mtime
            except FileNotFoundError:  # another process is sweeping too
                continue
            if age > (ABANDONED_SECONDS if abandoned else UNUSED_SECONDS):
                _remove(Path(entry.path))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _mark_used(path: Path) -> None:
    now = time.time()
    try:
        if now - path.stat().st_mtime > TOUCH_SECONDS:
            os.utime(path)
    except OSError:  # swept by another process, or a cache that is only readable
        return
