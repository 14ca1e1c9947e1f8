"""``cumulo dev``: run the whole system on this machine."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError, UsageError

if TYPE_CHECKING:
    from cumulo.assembly import Assembly
    from cumulo.local.cloud import Cloud
    from cumulo.local.development import Development
    from cumulo.local.journal import Entry
    from cumulo.local.place import Place, PortInUseError


API = "AWS::ApiGatewayV2::Api"
ROUTE = "AWS::ApiGatewayV2::Route"
PORT = click.IntRange(0, 65535)
# New objects between two garbage collections, which a command that ends soon can do without: requests leave garbage.
PYTHONS_OWN = (700, 10, 10)
# Of one batch, a tenth of a second.
MOST_REQUESTS = 20


@click.command()
@options.project_option
@options.stage_option
@click.option("--port", type=PORT, default=3000, show_default=True, help="Port of the first API; the next ones follow.")
@click.option("--services-port", type=PORT, default=4566, show_default=True, help="Port of the data services.")
@click.option(
    "--workers", type=click.IntRange(1, 1000), default=10, show_default=True, help="Most workers of a function."
)
@click.option("--fresh", is_flag=True, help="Start empty: forget all local data of the stage.")
def command(project: Path | None, stage: str, port: int, services_port: int, workers: int, fresh: bool) -> None:
    """Run the whole system on this machine, on loopback only, until Ctrl-C."""
    import uvloop

    from cumulo.synth.project import find_project

    if port == services_port != 0:
        raise UsageError(f"--port and --services-port are the same: {port}", hint="the APIs need a port of their own")
    folder = (project or find_project(Path.cwd())).resolve()
    place, held = _take_place(folder, stage, fresh)
    place = replace(place, port=port, services_port=services_port, workers=workers)
    with held, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_dev(place, stage))


async def _dev(place: Place, stage: str) -> None:
    begun = time.time()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    starting = asyncio.create_task(_start(place, stage))
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        stopping.cancel()
        await _run(starting.result(), stopped, begun)
    else:
        starting.cancel()
        await asyncio.wait((starting,))


async def _start(place: Place, stage: str) -> Development:
    from cumulo.local.place import PortInUseError
    from cumulo.local.services import Services

    services = Services(place, output.talk)
    try:
        # Imported on a thread, while the data services start: both take their time.
        development = await asyncio.to_thread(importlib.import_module, "cumulo.local.development")
        started: Development = await development.develop(
            _synthesizer(place.project, stage), place, output.talk, services
        )
    except BaseException as problem:
        await services.stop()
        if isinstance(problem, PortInUseError):
            raise _named(problem, place) from None
        raise
    return started


def _named(problem: PortInUseError, place: Place) -> CumuloError:
    """Say which option chooses the port; under `make`, which variable."""
    make = "MAKELEVEL" in os.environ
    services, api = ("SERVICES_PORT=", "PORT=") if make else ("--services-port ", "--port ")
    of_services = problem.port == place.services_port
    what = "of the data services" if of_services else "of an API"
    another = next(p for p in (problem.port + 1, problem.port + 2) if p not in (place.port, place.services_port))
    hint = f"free it, or use {services if of_services else api}{another if another < 65536 else 0}"
    return CumuloError(f"port {problem.port} {what} is in use", hint=hint)


def _settle() -> None:
    """Make requests even: what is there now stays, and threads that print or write hand over soon."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*PYTHONS_OWN)
    sys.setswitchinterval(0.0005)


async def _run(development: Development, stopped: asyncio.Event, begun: float) -> None:
    _settle()
    _welcome(development.cloud)
    journal, show = development.cloud.journal, _shower(development.cloud)
    since = begun + development.cloud.clock.offset
    show(await asyncio.to_thread(journal.entries, kind="system", since=since))
    unsubscribe = journal.subscribe(show)
    try:
        await development.run(stopped)
    finally:
        await asyncio.to_thread(unsubscribe)
    output.talk("stopped")


def _take_place(folder: Path, stage: str, fresh: bool) -> tuple[Place, TextIO]:
    """Return where the stage runs, and what keeps it for this process while it is open."""
    from cumulo.local.control import hold
    from cumulo.local.place import DEFAULT_ACCOUNT, DEFAULT_REGION, Place
    from cumulo.local.services import forget
    from cumulo.synth.project import open_project
    from cumulo.synth.workspace import workspace

    declared = open_project(folder).stage(stage)
    state = workspace(folder) / "local" / stage
    held = hold(state, output.talk)
    if fresh:
        forget(state)
    state.mkdir(exist_ok=True)
    account, region = declared.account or DEFAULT_ACCOUNT, declared.region or DEFAULT_REGION
    return Place(folder, state, account=account, region=region), held


def _synthesizer(folder: Path, stage: str) -> Callable[[], Assembly]:
    from cumulo.synth import synthesize_project

    return lambda: synthesize_project(folder, stage)


def _welcome(cloud: Cloud) -> None:
    output.talk(f"{cloud.assembly.app} runs as stage {cloud.assembly.stage!r}; Ctrl-C ends it", style="green")
    for name, url in cloud.urls.items():
        output.talk(f"  {name:<12} {url}")
    output.talk(f"  {'AWS services':<12} {cloud.emulator.endpoint}; for the AWS CLI and SDKs:")
    output.talk(f"  export {' '.join(f'{name}={value}' for name, value in cloud.aws_environment.items())}")
    if example := _curl(cloud):
        output.talk(f"  {'try':<12} {example}")


def _curl(cloud: Cloud) -> str | None:
    """Return a line to paste: a route that anyone may GET and that needs nothing in its path."""
    routes = [route.properties for route in cloud.world.of_type(ROUTE)]
    public = [
        route["RouteKey"].removeprefix("GET ")
        for route in routes
        if route["RouteKey"].startswith("GET ")
        and "{" not in route["RouteKey"]
        and route.get("AuthorizationType", "NONE") == "NONE"
    ]
    if not public or not cloud.urls:
        return None
    chosen = next((path for path in public if path.endswith("/health")), min(public, key=len))
    return f"curl -i {next(iter(cloud.urls.values()))}{chosen}"


def _shower(cloud: Cloud) -> Callable[[Sequence[Entry]], None]:
    """Return what prints each thing that happens as a line."""
    from cumulo.observe.lines import LogLine
    from cumulo.observe.show import shown

    prefix = f"{cloud.assembly.app}-{cloud.assembly.stage}-"
    colours = output.colours(sys.stderr)

    def line(entry: Entry) -> str:
        said = LogLine(_shown_at(entry), entry.subject, entry.text, entry.level, entry.request_id)
        return shown(said, colours=colours, prefix=prefix)

    def show(entries: Sequence[Entry]) -> None:
        apis = {api.properties.get("Name") for api in cloud.world.of_type(API)}
        kept, more = _few(entries, apis)
        lines = [line(entry) for entry in kept]
        if more:
            lines.append(f"... and {more} more requests that went well")
        if lines:
            output.talk("\n".join(lines))

    return show


def _few(entries: Sequence[Entry], apis: Collection[str | None]) -> tuple[list[Entry], int]:
    """Choose what is worth a line, of the requests that went well only the first few: under load nobody reads them.

    Returns
    -------
    tuple
        What to show, and how many such requests were left out.
    """
    kept: list[Entry] = []
    well = 0
    for entry in entries:
        if entry.kind == "request" and entry.data["status"] < HTTPStatus.BAD_REQUEST:
            well += 1
            if well <= MOST_REQUESTS:
                kept.append(entry)
        elif _worth_showing(entry, apis):
            kept.append(entry)
    return kept, max(0, well - MOST_REQUESTS)


def _shown_at(entry: Entry) -> float:
    """Return when an entry came: a request when it was answered, after the log lines of its function."""
    return entry.time + (entry.data["latency_ms"] / 1000 if entry.kind == "request" else 0)


def _worth_showing(entry: Entry, apis: Collection[str | None]) -> bool:
    """Leave out what another line says, and measurements: invocations that went well, access logs, metrics."""
    from cumulo.local.entries import MEASURED

    if entry.kind == "invocation":
        return entry.data.get("status") != "ok"
    return entry.kind not in MEASURED and not (entry.kind == "log" and entry.subject in apis)
