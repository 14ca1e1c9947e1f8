"""Whether datapoints breach a threshold: the state of an alarm, and the reason in CloudWatch's words.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cumulo.local.alarms.definition import COMPARISONS, Definition, State

_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching", "missing": "Missing", "ignore": "Ignore"}


@dataclass(frozen=True)
class Point:
    """One datapoint: when its period begins, and its value, ``None`` when it is missing."""

    time: int
    value: float | None


@dataclass(frozen=True)
class Outcome:
    """The state that an evaluation gives, and why; without a state the alarm stays as it is.

    Parameters
    ----------
    state, reason
        The new state and CloudWatch's reason.
    datapoints
        The values that were evaluated, the newest first.
    """

    state: State | None
    reason: str = ""
    datapoints: tuple[float, ...] = ()


def evaluate(alarm: Definition, points: Sequence[Point]) -> Outcome:
    """Evaluate the datapoints of an evaluation range.

    Parameters
    ----------
    alarm
        The alarm.
    points
        One for each period of its evaluation range, the oldest first.
    """
    real = [point for point in reversed(points) if point.value is not None]
    evaluated = real[: alarm.evaluated]
    breaching = [point for point in evaluated if _breaches(alarm, point)]
    filled = alarm.evaluated - len(evaluated)
    counted = len(breaching) + (filled if alarm.missing == "breaching" else 0)
    if counted >= alarm.breaching:
        return _outcome(alarm, "ALARM", evaluated, filled)
    if filled and alarm.missing in ("missing", "ignore") and len(breaching) == len(evaluated):
        return _undecided(alarm, points, evaluated, filled)
    return _outcome(alarm, "OK", evaluated, filled)


def _undecided(alarm: Definition, points: Sequence[Point], evaluated: Sequence[Point], filled: int) -> Outcome:
    """Decide when there are too few datapoints, and all of them breach the threshold.

    The alarm goes off when the oldest one is at least as old as the number of datapoints that are needed: a datapoint
    that has just come alone does not set it off before the next ones are known.
    """
    if alarm.missing == "ignore":
        return Outcome(None)
    age = len(points) - points.index(evaluated[-1]) if evaluated else 0
    if age >= alarm.breaching:
        return _outcome(alarm, "ALARM", evaluated, filled)
    reason = f"Insufficient Data: {_counted(alarm.evaluated, 'datapoint')} {_were(alarm.evaluated)} unknown."
    return Outcome("INSUFFICIENT_DATA", reason, _values(evaluated))


def _breaches(alarm: Definition, point: Point) -> bool:
    return point.value is not None and _BREACHES[alarm.comparison](point.value, alarm.threshold)


def _outcome(alarm: Definition, state: State, evaluated: Sequence[Point], filled: int) -> Outcome:
    treated = f"{_counted(filled, 'missing datapoint')} {_were(filled)} treated as [{_TREATED[alarm.missing]}]"
    if not evaluated:
        reason = f"no datapoints were received for {_counted(alarm.evaluated, 'period')} and {treated}"
        return Outcome(state, f"Threshold Crossed: {reason}.")
    named = [point for point in evaluated if _breaches(alarm, point) == (state == "ALARM")]
    values = ", ".join(f"{point.value!r} ({_stamp(point.time)})" for point in named)
    fits = f"{_were(len(named))} {'' if state == 'ALARM' else 'not '}{COMPARISONS[alarm.comparison]}"
    needed = alarm.breaching if state == "ALARM" else alarm.evaluated - alarm.breaching + 1
    change = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    reason = (
        f"{len(named)} out of the last {_counted(alarm.evaluated, 'datapoint', always=True)} [{values}] {fits} the "
        f"threshold ({alarm.threshold!r}) (minimum {_counted(needed, 'datapoint')} for {change} transition)"
    )
    return Outcome(state, f"Threshold Crossed: {reason}{f' and {treated}' if filled else ''}.", _values(evaluated))


def _values(points: Sequence[Point]) -> tuple[float, ...]:
    return tuple(point.value for point in points if point.value is not None)


def _counted(number: int, word: str, *, always: bool = False) -> str:
    return f"{number} {word}{'' if number == 1 and not always else 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _stamp(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%d/%m/%y %H:%M:%S")
