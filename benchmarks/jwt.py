"""What a JWT authorizer adds to a warm GET: a route that needs a token and an open one of the same function."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.harness import (
    APPS,
    BIN,
    REGION,
    NotRunError,
    environment,
    folder_of,
    free_port,
    get,
    row,
    running,
    table,
    wait_for,
)
from benchmarks.request import load

ROUNDS = 15
DURATION = 2
"""Of one load, in seconds."""
USER = {"Username": "ann@example.com", "Password": "correct horse battery 7S!"}


def measure() -> list[str]:
    """Return the title and the table."""
    try:
        if not shutil.which("wrk"):
            raise NotRunError("there is no wrk here; apt-get install wrk")
        opened, guarded = _loads()
        added = [statistics.median(b[0] - a[0] for a, b in zip(opened, guarded, strict=True)), None, None]
        figures = [[statistics.median(column) for column in zip(*loads, strict=True)] for loads in (guarded, opened)]
    except NotRunError as error:
        problem = error

        def failing() -> list[float | None]:
            raise problem

        rows = [row("with a token", failing)]
    else:
        rows = [
            row("with a token", lambda: figures[0], "signature verified once, then remembered"),
            row("open", lambda: figures[1]),
            row("added", lambda: added, "median of the rounds' differences"),
        ]
    columns = ("1 client: p50 ms", "p99 ms", "requests/s")
    remark = f"wrk, one thread, one kept-alive connection; medians of {ROUNDS} rounds of {DURATION} s, by turns."
    targets = ("added ≤ 0.3", "-", "-")
    return ["jwt: what a JWT authorizer adds to a request", table(columns, rows, targets), remark]


def _loads() -> tuple[list[list[float]], list[list[float]]]:
    """Load both routes by turns, so that what else the machine does meets both alike."""
    port, services = free_port(), free_port()
    opened: list[list[float]] = []
    guarded: list[list[float]] = []
    with folder_of(APPS / "jwt") as folder:
        command = [BIN / "cumulo", "dev", "--port", str(port), "--services-port", str(services), "--workers", "4"]
        with running(command, folder) as server:
            wait_for(server, port, "/quiet")
            headers = {"Authorization": _token(folder, services)}
            wait_for(server, port, "/guarded", headers=headers)
            if get(port, "/guarded")[0] != 401:
                raise NotRunError("the guarded route is open")
            host = f"127.0.0.1:{port}"
            load(port, host, "/quiet", 1, 2)
            for number in range(ROUNDS):
                print(f"  round {number + 1} of {ROUNDS} ...", file=sys.stderr, flush=True)
                opened.append(_whole(load(port, host, "/quiet", 1, DURATION)))
                guarded.append(_whole(load(port, host, "/guarded", 1, DURATION, headers)))
    return opened, guarded


def _whole(figures: object) -> list[float]:
    found = [figure for figure in figures if figure is not None] if isinstance(figures, tuple) else []
    if not found:
        raise NotRunError("requests failed")
    return found


def _token(folder: Path, services: int) -> str:
    """Sign a user up and in, and return the id token."""
    import boto3

    about: Mapping[str, Mapping[str, Mapping[str, str]]] = json.loads(
        (folder / ".cumulo" / "local" / "dev" / "run.json").read_text()
    )
    outputs = about["outputs"]["api"]
    keys = {name.lower(): value for name, value in environment().items() if name.startswith("AWS_")}
    cognito = boto3.client(
        "cognito-idp",
        endpoint_url=f"http://127.0.0.1:{services}",
        region_name=REGION,
        aws_access_key_id=keys["aws_access_key_id"],
        aws_secret_access_key=keys["aws_secret_access_key"],
    )
    cognito.sign_up(ClientId=outputs["AppClientId"], **USER)
    cognito.admin_confirm_sign_up(UserPoolId=outputs["UsersPoolId"], Username=USER["Username"])
    answer = cognito.initiate_auth(
        ClientId=outputs["AppClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": USER["Username"], "PASSWORD": USER["Password"]},
    )
    return f"Bearer {answer['AuthenticationResult']['IdToken']}"
