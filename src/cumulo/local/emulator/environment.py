"""The emulator's private virtual environment.

The emulator pins ``botocore`` exactly, so it never shares an environment with the user's code.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cumulo.errors import CumuloError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def prepare(report: Callable[[str], None]) -> Path:
    """Return the Python of the emulator's environment; make the environment when it is not there.

    It is made once for each pair of pinned requirements and Python version, in the user's cache folder, from wheels
    whose hashes are pinned. When it is there nothing is downloaded, so a second start works without a network.

    Parameters
    ----------
    report
        Takes a line of progress, only while the environment is made.

    Returns
    -------
    Path
        The environment's ``python``.

    Raises
    ------
    CumuloError
        When the packages cannot be downloaded or the cache folder cannot be written.

    Examples
    --------
    >>> python = prepare(print)  # doctest: +SKIP
    The emulator's environment is made (once) ...
    """
    folder = _location()
    python = folder / "bin" / "python"
    if python.exists():
        return python
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.parent / "lock"):
            if not python.exists():
                report("The emulator's environment is made (once) ...")
                _make(folder)
                report(f"The emulator's environment is ready: {folder}")
    except OSError as error:
        raise CumuloError(
            f"the emulator's environment cannot be made ({error.strerror or error})",
            where=str(folder.parent),
            hint="set XDG_CACHE_HOME to a folder that can be written and has 200 MB free",
        ) from None
    return python


def _location() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    version = f"{sys.implementation.cache_tag}-{sys.platform}-{os.uname().machine}"
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + version.encode()).hexdigest()[:16]
    return Path(cache).expanduser() / "cumulo" / "emulator" / key


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(folder: Path) -> None:
    """Make the environment beside its place and move it there: it is whole or it is not there."""
    for half in folder.parent.glob(f"{folder.name}.making-*"):
        shutil.rmtree(half, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}.making-", dir=folder.parent))
    try:
        _uv("venv", "--quiet", "--allow-existing", "--relocatable", "--python", sys.executable, str(draft))
        _uv(
            *("pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "--only-binary", ":all:"),
            *("--python", str(draft / "bin" / "python"), "--requirement", str(REQUIREMENTS)),
        )
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _uv(*arguments: str) -> None:
    import uv

    # A `uv.toml` of the user's project must not change what is installed here, but the user's choice of
    # package index (environment, user-wide configuration) counts.
    done = subprocess.run(
        [uv.find_uv_bin(), "--no-progress", *arguments],
        cwd=Path(tempfile.gettempdir()),
        env={key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise CumuloError(
            f"the emulator's packages could not be installed: {' '.join(lines[-4:]) or 'uv failed'}",
            where="the emulator's environment",
            hint="this needs a package index once; check the network, the proxy, or UV_DEFAULT_INDEX",
        )
