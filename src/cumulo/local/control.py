"""How other commands reach a running ``cumulo dev``: a socket that only its owner may open."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from cumulo.errors import CumuloError

RUN_FILE = "run.json"
LINE_LIMIT = 16 * 1024 * 1024

Answer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class Control:
    """Answers requests of other commands while the stage runs.

    Parameters
    ----------
    state
        The stage's state folder; ``run.json`` in it says where the socket is.
    answer
        Answers one request.
    about
        What else ``run.json`` says: URLs, outputs.
    """

    def __init__(self, state: Path, answer: Answer, about: Mapping[str, Any]) -> None:
        self._file = state / RUN_FILE
        self._answer = answer
        self._about = about
        # A socket's path may have some 100 characters only, a project's folder may have more.
        self._folder = tempfile.TemporaryDirectory(prefix="cumulo-")
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, and say so in ``run.json``."""
        path = Path(self._folder.name) / "control"
        self._server = await asyncio.start_unix_server(self._serve, path, limit=LINE_LIMIT)
        path.chmod(0o600)
        self.tell(self._about)

    def tell(self, about: Mapping[str, Any]) -> None:
        """Write ``run.json`` anew."""
        self._about = about
        entry = {**about, "pid": os.getpid(), "socket": str(Path(self._folder.name) / "control")}
        waiting = self._file.with_suffix(".new")
        waiting.touch(mode=0o600)  # it tells the data services' keys
        waiting.write_text(json.dumps(entry, indent=1), encoding="utf-8")
        waiting.replace(self._file)

    async def stop(self) -> None:
        """Stop listening and take ``run.json`` away."""
        self._file.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        self._folder.cleanup()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ValueError):
            answer = await self._answer_line(await reader.readline())
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _answer_line(self, line: bytes) -> Mapping[str, Any]:
        try:
            return await self._answer(json.loads(line))
        except CumuloError as error:
            return {"error": error.what, "where": error.where, "hint": error.hint}


def running(state: Path) -> Mapping[str, Any] | None:
    """Return what ``run.json`` says when the stage of a state folder runs now, else ``None``."""
    try:
        about: Mapping[str, Any] = json.loads((state / RUN_FILE).read_text(encoding="utf-8"))
        # The pid proves nothing: the process may be dead and not reaped, or another one.
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(about["socket"])
    except (OSError, ValueError, KeyError):
        return None
    return about


def hold(state: Path, report: Callable[[str], None], patience: float = 15.0) -> TextIO:
    """Take a stage for this process, until the returned file is closed or the process ends, however.

    A process that is about to end, or starts and has not said so yet, is waited for.

    Parameters
    ----------
    state
        The stage's state folder; the lock lies beside it.
    report
        Told when it has to wait.
    patience
        How long to wait, in seconds.

    Raises
    ------
    CumuloError
        When the stage runs already.
    """
    state.parent.mkdir(parents=True, exist_ok=True)
    file = state.with_name(f"{state.name}.lock").open("a+")
    ends = time.monotonic() + patience
    waits = False
    while not _locked(file):
        file.seek(0)
        pid = file.read() or "unknown"
        if running(state) or time.monotonic() > ends:
            file.close()
            raise CumuloError(
                f"the stage runs already, as process {pid}",
                where=f"stage {state.name!r}",
                hint=f"use it, end it with `kill {pid}`, or run another --stage",
            )
        if not waits:
            report(f"process {pid} runs the stage and is starting or ending: waiting for it ...")
            waits = True
        time.sleep(0.05)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _locked(file: TextIO) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def ask(about: Mapping[str, Any], request: Mapping[str, Any], timeout: float = 920.0) -> Mapping[str, Any]:
    """Send one request to a running stage and return its answer.

    Parameters
    ----------
    about
        What :func:`running` returned.
    request
        The request.
    timeout
        How long to wait, in seconds; a little more than Lambda's longest timeout by default.

    Raises
    ------
    CumuloError
        When it does not answer, or answers with an error.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(about["socket"])
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        except OSError as error:
            raise CumuloError(f"the running stage does not answer: {error}", hint="start `cumulo dev` again") from None
    if not line:
        raise CumuloError("the running stage ended before it answered", hint="start `cumulo dev` again")
    answer: Mapping[str, Any] = json.loads(line)
    if "error" in answer:
        raise CumuloError(answer["error"], where=answer.get("where"), hint=answer.get("hint"))
    return answer
