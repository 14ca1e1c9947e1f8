"""The states of alarms, and the file that keeps them over a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cumulo.local.alarms.definition import State

FILE = "alarms.json"
"""The file in a stage's state folder."""


@dataclass(frozen=True)
class AlarmState:
    """The state that an alarm is in.

    Parameters
    ----------
    state
        ``"OK"``, ``"ALARM"`` or ``"INSUFFICIENT_DATA"``.
    reason
        Why, in CloudWatch's words.
    changed
        Since when, in seconds since the epoch.
    """

    state: State
    reason: str
    changed: float


def initial(now: float) -> AlarmState:
    """Return the state that an alarm begins with.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    return AlarmState("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation", now)


def load(folder: Path | None) -> dict[str, AlarmState]:
    """Return the states that were kept, by alarm; none when there is no file, or none that can be read."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8")) if folder else {}
        return {name: AlarmState(**fields) for name, fields in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save(folder: Path | None, states: Mapping[str, AlarmState]) -> None:
    """Keep the states; a process that is killed meanwhile leaves the file as it was."""
    if folder is None:
        return
    draft = folder / f"{FILE}.draft"
    draft.write_text(json.dumps({name: asdict(state) for name, state in states.items()}), encoding="utf-8")
    draft.replace(folder / FILE)
