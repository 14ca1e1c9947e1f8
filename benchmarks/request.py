"""A warm GET through the local HTTP API to a handler that prints nothing, over kept-alive connections."""

from __future__ import annotations

import contextlib
import io
import shutil
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.harness import (
    ACCOUNT,
    APPS,
    BIN,
    REGION,
    NotRunError,
    awake,
    environment,
    folder_of,
    free_port,
    one_processor,
    row,
    run,
    running,
    table,
    wait_for,
)

ROUNDS = 4
DURATION = 4
"""Of one load, in seconds."""
REPORT = """
done = function(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format("figures %f %f %f %d\\n", latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.requests / (summary.duration / 1e6), failed))
end
"""

Where = tuple[int, int, str, str]
"""Process id, port, value of the header ``Host``, and path."""

Served = contextlib.AbstractContextManager[Where]


def measure() -> list[str]:
    """Return the title and the tables."""
    servers: list[tuple[str, Callable[[], Served], str]] = [
        ("Cumulo", cumulo, "a real worker process, enforced IAM, access log, journal"),
        ("serverless-offline", serverless_offline, "a Python child process for each function"),
        ("chalice local", chalice, "the handler runs in the server's process"),
        ("ministack's own HTTP API", ministack, ""),
        ("FastAPI, uvicorn", lambda: uvicorn("web:app"), "no gateway, no Lambda"),
        ("bare ASGI, uvicorn", lambda: uvicorn("asgi:app"), "the limit"),
    ]
    with contextlib.ExitStack() as running_servers:
        served = {who: _entered(running_servers, who, serve) for who, serve, _ in servers}
        loads = _loads({who: where for who, where in served.items() if not isinstance(where, NotRunError)})
    rows = [row(who, lambda who=who: _figures(served[who], loads.get(who, [])), note) for who, _, note in servers]
    columns = ("1 client: p50 ms", "p99 ms", "requests/s", "20 clients: p50 ms", "p99 ms", "requests/s")
    columns = (*columns, "1 client, 1 processor: p50 ms", "p99 ms", "requests/s")
    targets = ("≤ 0.6", "≤ 5 x p50", "-", "-", "≤ 5 x p50", "≥ 2,000", "≤ 0.6", "≤ 5 x p50", "-")
    remark = (
        f"wrk, one thread, kept-alive connections; medians of {ROUNDS} rounds of {DURATION} s, in each of which every "
        "server has its turn. Something that yields to all other work keeps both processors from halting between two "
        "requests: to wake a halted one can take a virtual machine longer than all the rest. On one processor run "
        "the server, all it started, and wrk, which leave it no time to halt. No figure where requests failed. Cumulo "
        "runs 4 workers (`cumulo dev --workers 4`)."
    )
    return ["request: a warm GET through the local HTTP API", table(columns, rows, targets), remark]


def _entered(stack: contextlib.ExitStack, who: str, serve: Callable[[], Served]) -> Where | NotRunError:
    """Start a server; it runs until the stack ends."""
    print(f"  {who} starts ...", file=sys.stderr, flush=True)
    try:
        if not shutil.which("wrk"):
            raise NotRunError("there is no wrk here; apt-get install wrk")
        return stack.enter_context(serve())
    except NotRunError as error:
        return error


def _loads(served: Mapping[str, Where]) -> Mapping[str, list[Sequence[float | None]]]:
    """Load the servers by turns, so that what else the machine does meets all of them alike."""
    loads: dict[str, list[Sequence[float | None]]] = {who: [] for who in served}
    for _, *where in served.values():
        load(*where, 20, 2)
    for number in range(ROUNDS):
        print(f"  round {number + 1} of {ROUNDS} ...", file=sys.stderr, flush=True)
        for who, (pid, *where) in served.items():
            with awake():
                figures = (*load(*where, 1, DURATION), *load(*where, 20, DURATION))
            with one_processor(pid):
                loads[who].append((*figures, *load(*where, 1, DURATION)))
    return loads


def _figures(where: Where | NotRunError, loads: Sequence[Sequence[float | None]]) -> Sequence[float | None]:
    if isinstance(where, NotRunError):
        raise where
    return [None if None in figures else statistics.median(figures) for figures in zip(*loads, strict=True)]


def load(
    port: int, host: str, path: str, clients: int, duration: int, headers: Mapping[str, str] | None = None
) -> Sequence[float | None]:
    """Return p50 and p99 in milliseconds and requests a second under a load; None when requests failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(REPORT)
        script.flush()
        command = ["wrk", "-t1", f"-c{clients}", f"-d{duration}s", "--timeout", "10s", "-s", script.name]
        for name, value in {"Host": host, **(headers or {})}.items():
            command += ["-H", f"{name}: {value}"]
        said = run([*command, f"http://127.0.0.1:{port}{path}"], Path(script.name).parent)
    figures = next(line for line in said.splitlines() if line.startswith("figures ")).split()[1:]
    median, slowest, rate, failed = map(float, figures)
    if failed:
        print(f"    {failed:.0f} requests failed with {clients} clients", file=sys.stderr)
        return None, None, None
    return median, slowest, rate


@contextlib.contextmanager
def cumulo() -> Iterator[tuple[int, str, str]]:
    port, services = free_port(), free_port()
    with folder_of(APPS / "quiet") as folder:
        command = [BIN / "cumulo", "dev", "--port", str(port), "--services-port", str(services), "--workers", "4"]
        with running(command, folder) as server:
            wait_for(server, port, "/quiet")
            yield server.pid, port, f"127.0.0.1:{port}", "/quiet"


@contextlib.contextmanager
def serverless_offline() -> Iterator[tuple[int, str, str]]:
    port = free_port()
    command = peers.node(*peers.OSLS) / "osls"
    ports = ["--httpPort", str(port), "--lambdaPort", str(free_port())]
    start = [command, "offline", "start", "--noPrependStageInUrl", *ports]
    with folder_of(APPS / "quiet") as folder, running(start, folder) as server:
        wait_for(server, port, "/quiet")
        yield server.pid, port, f"127.0.0.1:{port}", "/quiet"


@contextlib.contextmanager
def chalice() -> Iterator[tuple[int, str, str]]:
    port = free_port()
    command = [peers.python(*peers.CHALICE) / "chalice", "local", "--no-autoreload", "--port", str(port)]
    with folder_of(APPS / "quiet") as folder, running(command, folder / "chalice") as server:
        wait_for(server, port, "/quiet")
        yield server.pid, port, f"127.0.0.1:{port}", "/quiet"


@contextlib.contextmanager
def uvicorn(app: str) -> Iterator[tuple[int, str, str]]:
    port = free_port()
    command = [peers.python(*peers.FASTAPI) / "uvicorn", app, "--port", str(port), "--no-access-log"]
    with folder_of(APPS / "quiet") as folder, running(command, folder) as server:
        wait_for(server, port, "/quiet")
        yield server.pid, port, f"127.0.0.1:{port}", "/quiet"


@contextlib.contextmanager
def ministack() -> Iterator[tuple[int, str, str]]:
    port = free_port()
    command = [peers.python(*peers.MINISTACK) / "uvicorn", "ministack.app:app", "--port", str(port), "--no-access-log"]
    services = {"SERVICES": "lambda,apigateway,iam,sts,logs", "SFTP_ENABLED": "0", "LOG_LEVEL": "ERROR"}
    settings = environment(GATEWAY_PORT=str(port), **services)
    with tempfile.TemporaryDirectory() as place, running(command, Path(place), env=settings) as server:
        wait_for(server, port, "/_ministack/health")
        host = _declare_at(f"http://127.0.0.1:{port}", port)
        wait_for(server, port, "/quiet", headers={"Host": host})
        yield server.pid, port, host, "/quiet"


def _declare_at(endpoint: str, port: int) -> str:
    """Make the function and its API; return the API's host."""
    import boto3

    def client(service: str) -> Any:
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "local"}
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **keys)

    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(APPS / "quiet" / "quiet.py", "quiet.py")
    function = client("lambda").create_function(
        FunctionName="quiet",
        Runtime="python3.11",
        Handler="quiet.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/quiet",
        Code={"ZipFile": code.getvalue()},
    )
    gateway = client("apigatewayv2")
    api = gateway.create_api(Name="quiet", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=function["FunctionArn"],
        PayloadFormatVersion="2.0",
    )
    gateway.create_route(ApiId=api, RouteKey="GET /quiet", Target=f"integrations/{integration['IntegrationId']}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return f"{api}.execute-api.localhost:{port}"
