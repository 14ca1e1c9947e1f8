"""``cumulo invoke``: call one function."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError, UsageError


@click.command()
@click.argument("function")
@click.argument("event", required=False)
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@click.option("--remote", is_flag=True, help="Call the deployed function, also when the stage runs here.")
def command(
    function: str,
    event: str | None,
    stage: str,
    region: str | None,
    profile: str | None,
    project: Path | None,
    remote: bool,
) -> None:
    """Call one FUNCTION with an EVENT: JSON text, @FILE, or - for standard input; {} by default.

    The stage that runs here is called when it does, else the deployed one. Exits with 1 when the function fails.
    """
    from cumulo.local.control import running
    from cumulo.synth import find_project

    folder = project or find_project(Path.cwd())
    payload = _event(event)
    about = None if remote else running(folder / ".cumulo" / "local" / stage)
    answer = _local(about, function, payload) if about else _remote(folder, stage, function, payload, region, profile)
    output.data(_pretty(answer["payload"]))
    if answer["functionError"]:
        output.talk(f"the function failed: {answer['functionError']} (request {answer['requestId']})", style="red")
        sys.exit(1)


def _event(text: str | None) -> bytes:
    """Return the event, checked to be JSON."""
    try:
        if text == "-":
            raw = sys.stdin.buffer.read()
        elif text and text.startswith("@"):
            raw = Path(text[1:]).read_bytes()
        else:
            raw = (text or "{}").encode()
        json.loads(raw)
    except OSError as error:
        raise UsageError(f"the event can't be read: {error.strerror}", where=str(text)) from None
    except ValueError as error:
        raise UsageError(
            f"the event is not JSON: {error}", hint="""write it like '{"id": "1"}' or @event.json"""
        ) from None
    return raw


def _local(about: Mapping[str, Any], function: str, payload: bytes) -> Mapping[str, Any]:
    from cumulo.local.control import ask

    request = {"verb": "invoke", "function": function, "payload": base64.b64encode(payload).decode()}
    answer = ask(about, request)
    return {**answer, "payload": base64.b64decode(answer["payload"])}


def _remote(
    folder: Path, stage: str, function: str, payload: bytes, region: str | None, profile: str | None
) -> Mapping[str, Any]:
    from cumulo.cli import shipping
    from cumulo.delivery.invoke import invoke

    assembly = shipping.declared(folder, stage, region)
    return invoke(assembly, shipping.target_of(assembly, profile=profile), function, payload)


def _pretty(payload: bytes) -> str:
    try:
        text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError as error:
        raise CumuloError(f"the function's answer is not JSON: {error}") from None
    # What JSON allows and a terminal would obey: "\x9b" begins an escape sequence.
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
