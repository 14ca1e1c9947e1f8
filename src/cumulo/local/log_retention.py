"""Log lines are forgotten when the retention of their log group is over, by the local cloud's clock.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from cumulo.local import journal_file
from cumulo.local.clock import Clock
from cumulo.local.functions.spec import function_specs
from cumulo.local.journal import Journal
from cumulo.local.world import World

DAY = 86_400.0


class LogRetention:
    """The agenda of what log groups keep: once a day, since AWS deletes log lines some days late as well.

    Parameters
    ----------
    world
        Gives the world whose log groups count.
    journal
        What the lines are deleted from.
    clock
        Tells when.
    """

    def __init__(self, world: Callable[[], World], journal: Journal, clock: Clock) -> None:
        self._world, self._journal, self._clock = world, journal, clock
        self._looked = clock.now()

    def next_due(self) -> float:
        """Return when a day is over."""
        self._looked = min(self._looked, self._clock.now())  # the clock may have gone back
        return self._looked + DAY

    async def run_due(self, now: float) -> None:
        """Forget the lines that are too old."""
        self._looked = now
        before = {name: now - days * DAY for name, days in kept_days(self._world()).items()}
        if before:
            await asyncio.to_thread(self._forget, before)

    def _forget(self, before: Mapping[str, float]) -> None:
        self._journal.flush()
        journal_file.forget_logs(self._journal.path, before)


def kept_days(world: World) -> Mapping[str, int]:
    """Return for how many days log lines are kept, by the names of functions and APIs that say so.

    Examples
    --------
    >>> kept_days(World("000000000000", "us-east-1", ()))
    {}
    """
    groups = {
        group.physical_id: int(group.properties["RetentionInDays"])
        for group in world.of_type("AWS::Logs::LogGroup")
        if "RetentionInDays" in group.properties
    }
    written = {**{name: spec.log_group for name, spec in function_specs(world).items()}, **_access_logs(world)}
    return {name: groups[group] for name, group in written.items() if group in groups}


def _access_logs(world: World) -> Mapping[str, str]:
    """Return the log groups of APIs' access logs, by the names of the APIs."""
    names = {api.physical_id: str(api.properties.get("Name")) for api in world.of_type("AWS::ApiGatewayV2::Api")}
    stages = [stage.properties for stage in world.of_type("AWS::ApiGatewayV2::Stage")]
    return {
        names[stage["ApiId"]]: stage["AccessLogSettings"]["DestinationArn"].partition(":log-group:")[2].split(":")[0]
        for stage in stages
        if stage.get("ApiId") in names and (stage.get("AccessLogSettings") or {}).get("DestinationArn")
    }
