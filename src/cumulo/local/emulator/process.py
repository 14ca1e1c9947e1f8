"""The emulator as a child process: started, asked and stopped by the local cloud."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cumulo.errors import CumuloError
from cumulo.local.emulator.calls import Answer, Calls, Hear
from cumulo.local.emulator.control import Control
from cumulo.local.emulator.credentials import Credentials
from cumulo.local.emulator.launcher.shared import Shared, allocate
from cumulo.local.place import PortInUseError

ACCOUNT = "000000000000"
SERVICES = frozenset(
    (
        *("cloudformation", "cognito-idp", "dynamodb", "dynamodbstreams", "iam", "kms", "monitoring", "s3"),
        *("secretsmanager", "ses", "sns", "sqs", "ssm", "sts"),
    )
)
"""The services that the emulator serves unless told otherwise."""

_STOP_SECONDS = 150.0
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")


@dataclass
class Emulator:
    """A running emulator; made by :func:`start`.

    Parameters
    ----------
    port
        Where it listens on 127.0.0.1.
    state
        The folder that keeps its state; ``None`` when it is in memory only.
    """

    port: int
    state: Path | None
    _control: Control = field(repr=False)
    _process: asyncio.subprocess.Process = field(repr=False)
    _talking: asyncio.Task[None] = field(repr=False)
    _shared: Shared = field(repr=False)
    _calls: Calls = field(repr=False)

    @property
    def endpoint(self) -> str:
        """The URL for ``AWS_ENDPOINT_URL``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.returncode is None

    @property
    def saved(self) -> str | None:
        """When the state on disk was written, for people; ``None`` when nothing is there."""
        times = [path.stat().st_mtime for path in self.state.glob("*.json")] if self.state else []
        return _clock(max(times)) if times else None

    async def ended(self) -> None:
        """Wait until the process has ended, however."""
        await self._process.wait()

    def root_credentials(self, account: str = ACCOUNT) -> Credentials:
        """Return the credentials of an account's root, for the developer and the AWS CLI.

        The emulator takes a 12-digit access key for the root of the account of that number, whatever the secret: it
        may do everything in that account. Each number is an account of its own with its own resources.

        Examples
        --------
        >>> emulator.root_credentials("123456789012").access_key  # doctest: +SKIP
        '123456789012'
        """
        return Credentials(account, "test")

    def move(self, offset: float) -> None:
        """Have its time be so many seconds ahead of real time, from the next request on; in a microsecond."""
        self._shared.offset = offset

    @property
    def changes(self) -> int:
        """How many requests may have changed something up to now; costs a microsecond."""
        return self._shared.changes

    @property
    def next_expiry(self) -> float:
        """When an item or object may expire next, in seconds since the epoch; infinity when none will."""
        return self._shared.next_expiry

    async def expire(self, now: float) -> list[dict[str, Any]]:
        """Have expire what is due at a time: items with TTL, objects and uploads by their bucket's lifecycle.

        Returns
        -------
        list
            What went: ``name`` (of the table or bucket), ``what`` (``"item"``, ``"object"``, ``"old version"``,
            ``"delete marker"``, ``"unfinished upload"``) and ``number``.
        """
        gone: list[dict[str, Any]] = await self._control.call("expire", {"now": now})
        return gone

    async def credentials(self, role_arn: str, account: str, *, name: str = "cumulo") -> Credentials:
        """Return session credentials of a role, good for seven days; requests are held to the role's policies.

        They are forgotten when the emulator stops.

        Parameters
        ----------
        role_arn
            The role.
        account
            The account that it belongs to.
        name
            The name of the session; Lambda takes the function's.

        Raises
        ------
        CumuloError
            When there is no such role.
        """
        request = {"role_arn": role_arn, "account": account, "name": name}
        answer = await self._control.call("credentials", request)
        return Credentials(**{**answer, "expires": datetime.fromtimestamp(answer["expires"], UTC)})

    async def authorize(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Judge a request to a service that Cumulo serves itself; what goes in and comes out is the launcher's."""
        answer: dict[str, Any] = await self._control.call("authorize", dict(request))
        return answer

    async def save(self) -> None:
        """Save the state now; returns when it is on disk.

        Raises
        ------
        CumuloError
            When it cannot be written. What was saved before is still there.
        """
        await self._control.call("save", {})

    async def snapshot(self, account: str = ACCOUNT) -> None:
        """Remember in memory all that an account holds now; replaces the snapshot before."""
        await self._control.call("snapshot", {"account": account})

    async def restore(self, account: str = ACCOUNT) -> None:
        """Make an account hold what its snapshot holds, in milliseconds; credentials stay good.

        Raises
        ------
        CumuloError
            When no snapshot was taken.
        """
        await self._control.call("restore", {"account": account})

    async def deploy(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Deploy one stack; :mod:`cumulo.local.stacks` says what goes in and what comes out."""
        answer: dict[str, Any] = await self._control.call("deploy", dict(request))
        return answer

    async def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Delete one stack; data-bearing resources are kept while they hold data."""
        answer: dict[str, Any] = await self._control.call("delete", dict(request))
        return answer

    async def stacks(self, account: str, region: str) -> list[dict[str, Any]]:
        """Return the stacks that are deployed, with their resources and outputs."""
        answer: list[dict[str, Any]] = await self._control.call("stacks", {"account": account, "region": region})
        return answer

    async def sent_mail(self, account: str, region: str) -> list[dict[str, Any]]:
        """Return the e-mails that were sent, oldest first."""
        answer: list[dict[str, Any]] = await self._control.call("mail", {"account": account, "region": region})
        return answer

    def serve(self, answer: Answer, hear: Hear) -> None:
        """Answer from now on what it asks (``"invoke"``: a user pool's trigger) and hear what it tells (``"mail"``)."""
        self._calls.serve(answer, hear)

    async def stop(self) -> None:
        """Save the state and end the process; does nothing when it has ended.

        Raises
        ------
        CumuloError
            When the state could not be saved; the process has ended nevertheless.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._talking
        await self._calls.stop()
        if self._process.stdout is not None:
            _check_saved(await self._process.stdout.read())


async def start(
    *,
    python: Path,
    state: Path | None,
    port: int = 0,
    services: Collection[str] = SERVICES,
    account: str = ACCOUNT,
    region: str = "us-east-1",
    origins: Collection[str] = (),
    save_interval: float = 2.0,
    report: Callable[[str], None] | None = None,
) -> Emulator:
    """Start the emulator and return when it serves.

    It listens on 127.0.0.1 only and ends with this process, also when this process is killed.

    Parameters
    ----------
    python
        The interpreter that :func:`cumulo.local.emulator.environment.prepare` returned.
    state
        The folder that keeps the state; ``None`` keeps it in memory only.
    port
        The port to listen on; 0 takes a free one.
    services
        The services to serve, by their names in AWS endpoints. With ``lambda`` among them the emulator also runs what
        stacks declare (functions, APIs), as a deployment to AWS would; without it, Cumulo does.
    account, region
        What requests get whose credentials do not say.
    origins
        Origins outside this machine whose pages may call, for uploads to pre-signed URLs.
    save_interval
        Seconds between a change and its saving.
    report
        Takes what the emulator says: warnings about the state. Default: stderr.

    Raises
    ------
    CumuloError
        When the port or the state is in use, or the emulator fails to start; with the reason.

    Examples
    --------
    >>> emulator = await start(python=prepare(print), state=None)  # doctest: +SKIP
    >>> emulator.endpoint  # doctest: +SKIP
    'http://127.0.0.1:40123'
    """
    secret = secrets.token_hex(16)
    memory = allocate()
    shared = Shared(memory)
    ours, theirs = socket.socketpair()
    settings = {
        "secret": secret,
        "owner": os.getpid(),
        "state": None if state is None else str(state.absolute()),
        "port": port,
        "services": sorted(services),
        "account": account,
        "region": region,
        "origins": sorted(origins),
        "interval": save_interval,
        "shared": memory,
        "parent": theirs.fileno(),
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(python), "-P", "-m", "launcher"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            pass_fds=(memory, theirs.fileno()),
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        os.close(memory)
        theirs.close()
    last: deque[str] = deque(maxlen=20)
    talking = asyncio.create_task(_listen(process.stderr, report or _to_stderr, last))
    ready = False
    try:
        actual = await _ready(process, settings, talking, last)
        ready = True
    finally:
        if not ready:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await talking
            ours.close()
    return Emulator(actual, state, Control(actual, secret), process, talking, shared, Calls(ours))


@asynccontextmanager
async def running(**arguments: Any) -> AsyncIterator[Emulator]:
    """Run an emulator for the length of a block; takes what :func:`start` takes."""
    emulator = await start(**arguments)
    try:
        yield emulator
    finally:
        await emulator.stop()


async def _ready(
    process: asyncio.subprocess.Process,
    settings: Mapping[str, Any],
    talking: asyncio.Task[None],
    last: Collection[str],
) -> int:
    assert process.stdin is not None  # noqa: S101 (for the type checker: both are pipes)
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(json.dumps(settings).encode() + b"\n")
    with contextlib.suppress(ConnectionError):
        await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        await talking
        reason = next((text for text in reversed([*last]) if text.strip()), "it said nothing")
        raise CumuloError(
            f"the emulator did not start: {reason.strip()}", hint="remove the emulator's environment and start again"
        )
    message = json.loads(line)
    if message.get("port_in_use"):
        raise PortInUseError(message["port_in_use"])
    if "error" in message:
        raise CumuloError(message["error"], where="the emulator", hint=message["hint"])
    return int(message["port"])


def _check_saved(said: bytes) -> None:
    """Raise when the emulator's last words are that it could not save."""
    for line in said.splitlines():
        message = json.loads(line)
        since = (
            f"what was saved at {_clock(message['saved'])} is still there" if message["saved"] else "nothing is saved"
        )
        raise CumuloError(
            f"the latest changes of the data are lost, they could not be saved: {message['unsaved']}",
            where="the emulator",
            hint=f"{since}; make room on the disk before the next start",
        )


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


async def _listen(stream: asyncio.StreamReader | None, report: Callable[[str], None], last: deque[str]) -> None:
    while stream and (line := await stream.readline()):
        text = line.decode(errors="replace").rstrip()
        last.append(text)
        report(text)


def _environment() -> dict[str, str]:
    """Only what a program needs: the developer's AWS settings would be the emulator's root credentials."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {**inherited, "PYTHONPATH": str(Path(__file__).parent), "PYTHONUTF8": "1"}


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
