"""How Lambda treats an event that it took for later: its retries, and where an event goes that it gives up.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cumulo.local.functions.spec import split_reference
from cumulo.local.world import Resource, World

CONFIG = "AWS::Lambda::EventInvokeConfig"


@dataclass(frozen=True, slots=True)
class AsyncPolicy:
    """What one function does with failed events.

    Parameters
    ----------
    retries
        How often a failed event is tried again.
    max_age
        How old an event may get, in seconds.
    destination
        ARN of the queue that gets a record of an event that was given up.
    dead_letters
        ARN of the queue that gets the event itself.
    """

    retries: int = 2
    max_age: float = 21_600.0
    destination: str | None = None
    dead_letters: str | None = None


def policies(world: World) -> dict[str, AsyncPolicy]:
    """Return what each function of a world does with failed events, by the function's name."""
    configs = {split_reference(str(each.properties["FunctionName"]))[0]: each for each in world.of_type(CONFIG)}
    return {
        function.physical_id: _policy(function.properties, configs.get(function.physical_id))
        for function in world.of_type("AWS::Lambda::Function")
    }


def _policy(function: Mapping[str, Any], config: Resource | None) -> AsyncPolicy:
    settings = config.properties if config else {}
    return AsyncPolicy(
        retries=int(settings.get("MaximumRetryAttempts", 2)),
        max_age=float(settings.get("MaximumEventAgeInSeconds", 21_600)),
        destination=_at(settings, "DestinationConfig", "OnFailure", "Destination"),
        dead_letters=_at(function, "DeadLetterConfig", "TargetArn"),
    )


def pause_after_error(attempt: int) -> float:
    """Return how long Lambda waits after a failed attempt: a minute, then two."""
    return 60.0 * attempt


def pause_after_throttle(age: float) -> float:
    """Return how long Lambda waits when no concurrency is free: from one second, doubled up to five minutes."""
    return min(max(1.0, age), 300.0)


def _at(properties: Mapping[str, Any], *keys: str) -> str | None:
    value: Any = properties
    for key in keys:
        value = (value or {}).get(key)
    return str(value) if value else None
