"""``cumulo clock``: show the local cloud's time, and move it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from cumulo.cli import options, output
from cumulo.cli.running import running_stage
from cumulo.errors import UsageError

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = re.compile(r"(?:\d+[wdhms])+", re.IGNORECASE)
_PART = re.compile(r"(\d+)([wdhms])", re.IGNORECASE)
_PATIENCE = 86_400.0  # seconds: a year of schedules takes its time


# A negative span is told from an option by its own error.
@click.command("clock", context_settings={"ignore_unknown_options": True})
@click.argument("action", type=click.Choice(["advance"]), required=False)
@click.argument("span", required=False)
@options.project_option
@options.stage_option
@click.option("--to", "moment", metavar="TIME", help="Advance to 2026-12-24T09:00+01:00; local time without a zone.")
@options.json_option
def command(
    action: str | None, span: str | None, project: Path | None, stage: str, moment: str | None, as_json: bool
) -> None:
    """Show the time of the stage that runs here, or advance it by a SPAN: 90m, 12h, 30d, 2w, 1d12h.

    Functions, data services, schedules, alarms and logs all go by this time. All that is due on the way happens, in
    order, each at its own time; what happened is told.
    """
    from cumulo.local.control import ask

    request = _request(action, span, moment)
    answer = ask(running_stage(project, stage), request, _PATIENCE)
    if as_json:
        output.json_data(answer)
    elif action is None:
        _show(answer["now"], answer["offset"])
    else:
        for line in happened(answer):
            output.data(line)
        output.talk(f"it is {_shown(answer['now'])} now, {_ahead(answer['offset'])}")


def _request(action: str | None, span: str | None, moment: str | None) -> Mapping[str, Any]:
    """Return what to ask of the running stage."""
    if action is None and moment is None:
        return {"verb": "clock"}
    if action is None or (span is None) == (moment is None):
        raise UsageError(
            "say either how far the clock advances, or to which time",
            hint="cumulo clock advance 30d, or cumulo clock advance --to 2026-12-24T09:00+01:00",
        )
    return {"verb": "advance", **({"to": timestamp_of(moment)} if moment else {"seconds": seconds_of(span or "")})}


def _show(now: float, offset: float) -> None:
    output.data(f"here  {_shown(now)}, {_ahead(offset)}")
    output.data(f"real  {_shown(now - offset)}")


def seconds_of(text: str) -> int:
    """Return the seconds of a span of time.

    Raises
    ------
    UsageError
        When it is none, or negative.

    Examples
    --------
    >>> seconds_of("1d12h")
    129600
    """
    if not _SPAN.fullmatch(text.strip()):
        raise UsageError(
            f"{text!r} is no span of time that the clock can be moved by",
            where="SPAN",
            hint="write 90m, 12h, 30d, 2w or 1d12h; time goes ahead only",
        )
    return sum(int(number) * _SECONDS[unit.lower()] for number, unit in _PART.findall(text))


def timestamp_of(text: str) -> float:
    """Return a time in seconds since the epoch; without a zone it is this machine's.

    Raises
    ------
    UsageError
        When it is no time.

    Examples
    --------
    >>> timestamp_of("2026-12-24T09:00+01:00")
    1798099200.0
    """
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time", where="--to", hint="write it as 2026-12-24T09:00+01:00") from None


def happened(answer: Mapping[str, Any]) -> list[str]:
    """Return a line for each thing that happened while the clock was moved."""
    lines = [
        f"{datetime.fromtimestamp(time):%Y-%m-%d %H:%M:%S}  {kind:<8} {subject}  {text.splitlines()[0] if text else ''}"
        for time, kind, subject, text in answer["happened"]
    ]
    return [*lines, f"... and {answer['more']} more"] if answer["more"] else lines


def _shown(time: float) -> str:
    return f"{datetime.fromtimestamp(time).astimezone():%Y-%m-%d %H:%M:%S %z}"


def _ahead(offset: float) -> str:
    """Say how far the clock was moved.

    Examples
    --------
    >>> _ahead(2_592_000.0)
    '30 days, 0:00:00 ahead of real time'
    """
    return f"{timedelta(seconds=round(offset))} ahead of real time" if offset else "not moved"
