"""``cumulo dev``: run the whole system on this machine."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError

if TYPE_CHECKING:
    from cumulo.assembly import Assembly
    from cumulo.local.cloud import Cloud
    from cumulo.local.development import Development
    from cumulo.local.journal import Entry
    from cumulo.local.place import Place


API = "AWS::ApiGatewayV2::Api"
ROUTE = "AWS::ApiGatewayV2::Route"


@click.command()
@options.stage_option
@options.project_option
@click.option("--port", default=3000, show_default=True, help="Port of the first API; the next ones follow.")
@click.option("--services-port", default=4566, show_default=True, help="Port of the data services.")
@click.option("--fresh", is_flag=True, help="Start empty: forget all local data of the stage.")
def command(stage: str, project: Path | None, port: int, services_port: int, fresh: bool) -> None:
    """Run the whole system on this machine, on loopback only, until Ctrl-C."""
    import uvloop

    from cumulo.synth.project import find_project

    folder = (project or find_project(Path.cwd())).resolve()
    place = _place(folder, stage, (port, services_port), fresh)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_dev(place, stage))


async def _dev(place: Place, stage: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    starting = asyncio.create_task(_start(place, stage))
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        stopping.cancel()
        await _run(starting.result(), stopped)
    else:
        starting.cancel()
        await asyncio.wait((starting,))


async def _start(place: Place, stage: str) -> Development:
    from cumulo.local.services import Services

    services = Services(place, output.talk)
    try:
        # Imported on a thread, while the data services start: both take their time.
        development = await asyncio.to_thread(importlib.import_module, "cumulo.local.development")
        started: Development = await development.develop(
            _synthesizer(place.project, stage), place, output.talk, services
        )
    except BaseException:
        await services.stop()
        raise
    return started


async def _run(development: Development, stopped: asyncio.Event) -> None:
    _welcome(development.cloud)
    unsubscribe = development.cloud.journal.subscribe(_shower(development.cloud))
    try:
        await development.run(stopped)
    finally:
        await asyncio.to_thread(unsubscribe)
    output.talk("stopped")


def _place(folder: Path, stage: str, ports: tuple[int, int], fresh: bool) -> Place:
    from cumulo.local.control import running
    from cumulo.local.place import DEFAULT_ACCOUNT, DEFAULT_REGION, Place
    from cumulo.synth.project import open_project
    from cumulo.synth.workspace import workspace

    state = workspace(folder) / "local" / stage
    if about := running(state):
        raise CumuloError(
            f"the stage runs already, as process {about['pid']}",
            where=f"stage {stage!r}",
            hint=f"use it, end it with `kill {about['pid']}`, or run another --stage",
        )
    declared = open_project(folder).stage(stage)
    if fresh:
        shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True, exist_ok=True)
    return Place(folder, state, *ports, declared.account or DEFAULT_ACCOUNT, declared.region or DEFAULT_REGION)


def _synthesizer(folder: Path, stage: str) -> Callable[[], Assembly]:
    from cumulo.synth import synthesize_project

    return lambda: synthesize_project(folder, stage)


def _welcome(cloud: Cloud) -> None:
    output.talk(f"{cloud.assembly.app} runs as stage {cloud.assembly.stage!r}; Ctrl-C ends it", style="green")
    for name, url in cloud.urls.items():
        output.talk(f"  {name:<12} {url}")
    output.talk(
        f"  {'AWS services':<12} {cloud.emulator.endpoint}  (AWS_ENDPOINT_URL, access key {cloud.place.account})"
    )
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

    def show(entries: Sequence[Entry]) -> None:
        apis = {api.properties.get("Name") for api in cloud.world.of_type(API)}
        for entry in entries:
            if _worth_showing(entry, apis):
                line = LogLine(entry.time, entry.subject, entry.text, entry.level, entry.request_id)
                output.talk(shown(line, colours=colours, prefix=prefix))

    return show


def _worth_showing(entry: Entry, apis: Collection[str | None]) -> bool:
    """Leave out what another line says: metrics, invocations that went well, access logs."""
    if entry.kind == "invocation":
        return entry.data.get("status") != "ok"
    return entry.kind != "metric" and not (entry.kind == "log" and entry.subject in apis)
