"""``cumulo logs``: the log lines of a stage."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cumulo.cli import options, output
from cumulo.errors import CumuloError, UsageError

if TYPE_CHECKING:
    from cumulo.observe.lines import Logs, Query

_SPAN = re.compile(r"(\d+)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@click.command("logs")
@click.argument("functions", metavar="[FUNCTION]...", nargs=-1)
@options.project_option
@options.stage_option
@options.region_option
@options.profile_option
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines as they come, until Ctrl-C.")
@click.option("--since", default="10m", show_default=True, help="30s, 10m, 2h, 1d, or a time: 2026-11-21T10:00.")
@click.option("--request-id", help="Lines of one invocation only.")
@click.option(
    "--level",
    type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
    default="debug",
    help="Lines of this level or a more serious one.",
)
@click.option("--filter", "text", help="Lines with this text only.")
@click.option("--remote", is_flag=True, help="Lines of the deployed stage, although it has run on this machine.")
@options.json_option
def command(
    functions: tuple[str, ...],
    follow: bool,
    since: str,
    request_id: str | None,
    level: str,
    text: str | None,
    remote: bool,
    stage: str,
    region: str | None,
    profile: str | None,
    project: Path | None,
    as_json: bool,
) -> None:
    """Show the log lines of a stage, of all functions or of each FUNCTION named.

    The name of an API instead shows its access log.

    The stage dev, and every stage that has run on this machine, is read here; others, and with --remote all, from
    CloudWatch Logs.
    """
    from cumulo.observe.lines import Query

    logs, now = _logs(project, stage, region, profile, follow=follow, remote=remote)
    start = since_time(since, now)
    known = [*logs.functions(), *logs.apis()]
    names = _names(functions, known)
    query = Query(functions=names, since=start, request_id=request_id, level=level.upper(), text=text)
    if not _print(logs, query, follow=follow, as_json=as_json, known=known):
        output.talk(f"no lines since {datetime.fromtimestamp(start):%Y-%m-%d %H:%M:%S}; --since looks further back")


def since_time(text: str, now: float) -> float:
    """Return the time that ``--since`` means, in seconds since the epoch.

    Raises
    ------
    UsageError
        When it is neither a span nor a time.

    Examples
    --------
    >>> since_time("2m", 1_000.0)
    880.0
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        return now - int(span[1]) * _SECONDS[span[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no time", where="--since", hint="write 30s, 10m, 2h or 1d, or a time as 2026-11-21T10:00"
        ) from None


def _print(logs: Logs, query: Query, *, follow: bool, as_json: bool, known: Sequence[str]) -> int:
    """Print the lines and return how many they were."""
    from cumulo.observe.show import as_json as json_line
    from cumulo.observe.show import common_prefix, shown

    colours, prefix = output.colours(sys.stdout), common_prefix([*known])
    count = 0
    for line in logs.follow(query) if follow else logs.read(query):
        output.data(json_line(line) if as_json else shown(line, colours=colours, prefix=prefix))
        count += 1
    return count


def _logs(
    project: Path | None, stage: str, region: str | None, profile: str | None, *, follow: bool, remote: bool
) -> tuple[Logs, float]:
    """Return the logs of the stage on this machine when it has run here, else of the deployed one; and its time."""
    from cumulo.local import clock_file
    from cumulo.observe.local_logs import LocalLogs
    from cumulo.synth import find_project

    folder = project or find_project(Path.cwd())
    state = folder / ".cumulo" / "local" / stage
    journal = state / "journal.sqlite"
    if remote or not journal.exists():
        if remote or stage != "dev":
            return _remote(folder, stage, region, profile), time.time()
        if not follow:
            raise CumuloError(
                "the stage 'dev' has not run on this machine", hint="run `cumulo dev`, or use --remote or --stage"
            )
        output.talk("waiting for `cumulo dev` to start ...")
    return LocalLogs(journal, declared=_declared(folder, stage)), time.time() + clock_file.read(state)


def _declared(folder: Path, stage: str) -> Sequence[str]:
    """Return the functions of the assembly that was written last, when there is one."""
    from cumulo import assembly
    from cumulo.observe.remote_logs import log_groups

    with suppress(CumuloError):
        return list(log_groups(assembly.read(folder / ".cumulo" / "out" / stage), lambda _: {}))
    return ()


def _remote(project: Path | None, stage: str, region: str | None, profile: str | None) -> Logs:
    from cumulo.cli import shipping
    from cumulo.observe.remote_logs import RemoteLogs, access_log_groups, log_groups, physical_ids

    assembly = shipping.declared(project, stage, region)
    target = shipping.target_of(assembly, profile=profile)
    groups = log_groups(assembly, lambda stack: physical_ids(target.cloudformation, stack))
    return RemoteLogs(target.session.client("logs"), groups, access_log_groups(assembly))


def _names(wanted: tuple[str, ...], known: Sequence[str]) -> tuple[str, ...]:
    """Return the full names of the functions asked for; none when all are."""
    from cumulo.observe.lines import chosen
    from cumulo.observe.show import common_prefix

    names, missing = chosen(wanted, known)
    if missing:
        prefix = common_prefix([*known])
        there = ", ".join(name.removeprefix(prefix) for name in known)
        raise CumuloError(f"there is no function {missing[0]!r}", hint=f"there are: {there or 'none'}")
    return names
