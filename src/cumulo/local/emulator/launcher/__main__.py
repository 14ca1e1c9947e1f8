"""Start the emulator: settings come as one line of JSON on stdin, readiness goes as one line of JSON to stdout.

It stops, saving its state, on SIGTERM and when stdin ends, which it does whenever and however the parent dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run until told to stop."""
    gc.disable()  # until it serves: what is made before stays, and looking for garbage in it takes time
    parent = os.getppid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = json.loads(sys.stdin.buffer.readline() or b"null")
    if settings is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        return
    # The state first: a leftover of a killed run has left its port, too, when it lets go of the state.
    lock = _take_state(settings)
    listener = _listen(settings["port"])
    _configure(settings, listener.getsockname()[1])
    import uvloop

    uvloop.run(_serve(settings, listener, lock))
    if lock is not None:
        lock.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError as error:
        in_use = port if error.errno == errno.EADDRINUSE else None
        _give_up(f"port {port} cannot be used ({error.strerror})", "choose another one", port_in_use=in_use)
    listener.setblocking(False)
    return listener


def _take_state(settings: dict[str, Any]) -> Any:
    if settings["state"] is None:
        return None
    from .locking import TakenError, take

    folder = Path(settings["state"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return take(folder, settings["owner"])
    except TakenError as error:
        return _give_up(f"the local state {folder} is in use by process {error}", f"stop it first: kill {error}")
    except OSError as error:
        return _give_up(f"the local state {folder} cannot be used ({error.strerror})", None)


def _configure(settings: dict[str, Any], port: int) -> None:
    """Set what the emulator reads from its environment when it is imported."""
    os.environ.update(
        AUTH="true",
        GATEWAY_PORT=str(port),
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_ACCOUNT_ID=settings["account"],
        MINISTACK_REGION=settings["region"],
        SERVICES=",".join(sorted(settings["services"])),
        LOG_LEVEL="WARNING",
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        # The launcher saves the state; only the bodies of S3 objects are files that the emulator writes itself.
        PERSIST_STATE="0",
        S3_PERSIST="0" if settings["state"] is None else "1",
        S3_DATA_DIR=str(Path(settings["state"] or os.devnull) / "s3"),
        DOCKER_HOST="unix:///nonexistent",
    )
    # A stack that fails and an unsigned request are reported where they matter.
    logging.getLogger("cloudformation").setLevel(logging.CRITICAL)
    logging.getLogger("kms").setLevel(logging.ERROR)  # asymmetric keys need a package that is not installed
    # What a client sends wrongly is answered; saying it for each request would flood the terminal.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)


async def _serve(settings: dict[str, Any], listener: socket.socket, lock: Any) -> None:
    from .attaching import hide_cryptography

    hide_cryptography()
    import ministack.app as ministack
    import uvicorn
    from ministack.core import sigv4

    from .clock import MovedTime
    from .control import Control
    from .engine import Engine
    from .expiry import Expiry
    from .guard import Guard
    from .persistence import Persistence
    from .shared import Shared
    from .skew import widened
    from .storage import count_as_tls

    count_as_tls(ministack)
    moved = MovedTime()
    sigv4.request_time_failure = widened(sigv4.request_time_failure, moved)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_traceback)
    ministack._MAIN_LOOP = asyncio.get_running_loop()
    port = listener.getsockname()[1]
    runs_functions = "lambda" in settings["services"]
    outbox = _attach(ministack, socket.socket(fileno=settings["parent"]), runs_functions=runs_functions)
    persistence = None
    if settings["state"] is None:
        stacks = Engine({}, runs_functions)
    else:
        persistence = Persistence(Path(settings["state"]), f"http://127.0.0.1:{port}", interval=settings["interval"])
        stacks = persistence.load(runs_functions=runs_functions)
    stacks.serve()
    shared = Shared(settings["shared"])
    expiry = Expiry(shared)
    app = Guard(
        ministack.app,
        control=Control(stacks, persistence, outbox, expiry),
        secret=settings["secret"],
        origins=settings["origins"],
        services=settings["services"],
        changed=_all(
            shared.count_change, outbox.announce, expiry.changed, *([persistence.changed] if persistence else [])
        ),
        follow_clock=lambda: moved.to(shared.offset),
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )
    await _run(server, listener, persistence, lock)


def _attach(ministack: Any, connection: socket.socket, *, runs_functions: bool) -> Any:
    """Fit the services that need more than the emulator has, and return the outbox of e-mails."""
    from ministack.core import iam_actions

    from . import published, receiving, topics
    from .attaching import attach, show_cryptography
    from .mail import Outbox, name_identities
    from .parent import Parent

    name_identities(iam_actions)
    parent = Parent(connection)
    outbox = Outbox(parent.tell)

    def install_cognito(cognito: Any) -> None:
        from . import identity, signing_keys
        from .triggers import Triggers

        show_cryptography()
        signing_keys.install(cognito)
        if not runs_functions:
            identity.install(cognito, Triggers(parent))
        load_ses()  # it sends what Cognito writes

    def load_ses(_: Any = None) -> None:
        ministack._get_module("ses")

    attach(
        ministack,
        {
            "cloudwatch": lambda module: published.install(module, parent.tell),
            "cognito": install_cognito,
            "ses": outbox.install,
            "ses_v2": load_ses,  # the e-mails of both versions are kept there
            "sqs": receiving.install,
            "sns": lambda module: topics.install(module, lambda: ministack._get_module("ses")),
        },
    )
    return outbox


def _all(*calls: Callable[[], None]) -> Callable[[], None]:
    def call_all() -> None:
        for call in calls:
            call()

    return call_all


async def _run(server: Any, listener: socket.socket, persistence: Any, lock: Any) -> None:
    stop = asyncio.create_task(_asked_to_stop())
    serving = asyncio.create_task(_quietly(server, listener))
    saving = asyncio.create_task(persistence.run()) if persistence else None
    while not server.started and not serving.done():
        await asyncio.sleep(0.001)
    gc.freeze()
    gc.enable()
    _tell({"port": listener.getsockname()[1]})
    await asyncio.wait([stop, serving], return_when=asyncio.FIRST_COMPLETED)
    if lock is not None:
        lock.truncate(0)  # the next one need not ask whether the owner lives: this one is about to end
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL + 1)
    server.should_exit = True
    await serving
    if persistence and saving:
        saving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await saving
        try:
            await persistence.save()
        except Exception as error:
            _tell({"unsaved": str(error), "saved": persistence.saved})


async def _quietly(server: Any, listener: socket.socket) -> None:
    """Serve without uvicorn's own signal handlers, which would end the process before the state is saved."""
    server.capture_signals = contextlib.nullcontext
    await server.serve(sockets=[listener])


async def _asked_to_stop() -> None:
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    ended = asyncio.create_task(reader.read())
    signalled = asyncio.create_task(asked.wait())
    await asyncio.wait([ended, signalled], return_when=asyncio.FIRST_COMPLETED)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Keep a record's line only: a traceback of the emulator helps nobody at the terminal."""
    record.exc_info = record.exc_text = None
    return True


def _give_up(what: str, hint: str | None, *, port_in_use: int | None = None) -> Any:
    _tell({"error": what, "hint": hint, "port_in_use": port_in_use})
    sys.exit(1)


def _tell(message: dict[str, Any]) -> None:
    # The parent may be gone already.
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(message), flush=True)  # noqa: T201


main()
