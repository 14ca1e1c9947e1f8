"""Metric math, computed: trees and metrics become time series.

A time series is sparse: a period in which nothing was measured is not in it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cumulo.errors import CumuloError
from cumulo.local.alarms.expressions import Call, Name, Node, Number, Operation, Several, Text

TimeSeries = Mapping[int, float]
Value = float | TimeSeries | tuple[TimeSeries, ...]
"""A scalar, a time series (time → value), or several time series."""

FUNCTIONS = ("ABS", "AVG", "CEIL", "FILL", "FLOOR", "IF", "MAX", "METRICS", "MIN", "PERIOD", "RATE", "SUM")


def _divided(left: float, right: float) -> float:
    return left / right if right else math.nan


def _power(left: float, right: float) -> float:
    try:
        found = left**right
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return found if isinstance(found, float) else math.nan


_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}
_EACH: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": lambda value: float(math.ceil(value)),
    "FLOOR": lambda value: float(math.floor(value)),
}
_ALL: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
}


@dataclass
class Calculation:
    """Computes the expressions of one request.

    Parameters
    ----------
    metrics
        The metrics' time series, by id, in the order of the request.
    expressions
        The expressions, by id.
    times
        The times of all periods, in order.
    period
        The length of a period, in seconds.

    Examples
    --------
    >>> from cumulo.local.alarms.expressions import parse
    >>> calculation = Calculation({"m1": {0: 1.0}, "m2": {0: 4.0}}, {"e1": parse("100 * m1 / m2")}, [0, 60], 60)
    >>> calculation.series("e1")
    {0: 25.0}
    """

    metrics: Mapping[str, TimeSeries]
    expressions: Mapping[str, Node]
    times: Sequence[int]
    period: int
    _under_way: list[str] = field(default_factory=list)

    def series(self, id: str) -> TimeSeries:  # noqa: A002
        """Return the time series of a metric or an expression.

        Raises
        ------
        CumuloError
            When the result is a number or several time series, or an expression cannot be computed.
        """
        value = self._named(id)
        if not isinstance(value, Mapping):
            raise CumuloError(f"the result of {id!r} is not a single time series", hint="an alarm watches one of them")
        return value

    def _named(self, id_: str) -> Value:
        if id_ in self.metrics:
            return self.metrics[id_]
        if id_ not in self.expressions:
            known = ", ".join([*self.metrics, *self.expressions])
            raise CumuloError(f"there is no metric or expression {id_!r}", hint=f"there are: {known}")
        if id_ in self._under_way:
            raise CumuloError(f"the expression {id_!r} needs itself")
        self._under_way.append(id_)
        value = self._value(self.expressions[id_])
        self._under_way.remove(id_)
        return value

    def _value(self, node: Node) -> Value:
        match node:
            case Number(value):
                return value
            case Name(id_):
                return self._named(id_)
            case Several(items):
                return tuple(series for item in items for series in _several(self._value(item)))
            case Operation(sign, (operand,)):
                return _combined(_OPERATORS[sign], 0.0, self._value(operand))
            case Operation(sign, (left, right)):
                return _combined(_OPERATORS[sign], self._value(left), self._value(right))
            case Call(function, arguments):
                return self._called(function, arguments)
        raise CumuloError(f"{node!r} is no value")

    def _called(self, function: str, arguments: Sequence[Node]) -> Value:
        if function not in FUNCTIONS:
            raise CumuloError(f"{function}() is not computed here", hint=f"there are {', '.join(FUNCTIONS)}")
        if function == "METRICS":
            return self._metrics(arguments)
        if function == "FILL" and len(arguments) == 2:
            return self._filled(self._value(arguments[0]), arguments[1])
        values = [self._value(argument) for argument in arguments]
        match function, values:
            case "IF", [condition, true, *false] if len(false) <= 1:
                return self._chosen(condition, true, false[0] if false else None)
            case "PERIOD", [Mapping()]:
                return float(self.period)
            case "RATE", [value]:
                return _each_series(value, _rate)
            case (("ABS" | "CEIL" | "FLOOR"), [value]):
                each = _EACH[function]
                return each(value) if isinstance(value, float) else _each_series(value, lambda s: _mapped(s, each))
            case (("SUM" | "AVG" | "MIN" | "MAX"), [value]):
                return _aggregated(function, value)
        raise CumuloError(f"{function}() does not take these {len(arguments)} arguments")

    def _metrics(self, arguments: Sequence[Node]) -> Value:
        match arguments:
            case []:
                return tuple(self.metrics.values())
            case [Text(part)]:
                return tuple(series for id_, series in self.metrics.items() if part in id_)
        raise CumuloError('METRICS() takes nothing, or text as in METRICS("errors")')

    def _filled(self, value: Value, filler: Node) -> Value:
        if filler == Name("REPEAT"):
            return _each_series(value, lambda series: _repeated(series, self.times))
        if filler == Name("LINEAR"):
            return _each_series(value, lambda series: _interpolated(series, self.times))
        other = self._value(filler)
        if isinstance(other, tuple):
            raise CumuloError("FILL() fills with a number, a time series, REPEAT or LINEAR")
        return _each_series(value, lambda series: {**self._spread(other), **series})

    def _spread(self, value: float | TimeSeries) -> TimeSeries:
        """Return a number as a time series without gaps."""
        return dict.fromkeys(self.times, value) if isinstance(value, float) else value

    def _chosen(self, condition: Value, true: Value, false: Value | None) -> Value:
        if isinstance(condition, tuple) or isinstance(true, tuple) or isinstance(false, tuple):
            raise CumuloError("IF() takes numbers and single time series")
        if isinstance(condition, float):
            chosen = true if condition else false
            return {} if chosen is None else chosen
        found = {}
        for time, holds in condition.items():
            if holds:
                found[time] = true if isinstance(true, float) else true.get(time, 0.0)
            elif isinstance(false, float):
                found[time] = false
            elif false is not None and time in false:
                found[time] = false[time]
        return found


def _several(value: Value) -> tuple[TimeSeries, ...]:
    if isinstance(value, float):
        raise CumuloError("a list has time series, not numbers")
    return (value,) if isinstance(value, Mapping) else value


def _each_series(value: Value, change: Callable[[TimeSeries], TimeSeries]) -> Value:
    if isinstance(value, float):
        raise CumuloError("a time series is needed instead of a number")
    return change(value) if isinstance(value, Mapping) else tuple(change(series) for series in value)


def _mapped(series: TimeSeries, change: Callable[[float], float]) -> TimeSeries:
    changed = {time: change(value) for time, value in series.items()}
    # What cannot be computed, a division by zero for example, is dropped.
    return {time: value for time, value in changed.items() if math.isfinite(value)}


def _combined(compute: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Apply an operator; where only one of two time series has a value, that of the other counts as 0."""
    match left, right:
        case tuple(), tuple():
            raise CumuloError("two lists of time series cannot be combined")
        case tuple(), _:
            return tuple(_two(compute, one, right) for one in left)
        case _, tuple():
            return tuple(_two(compute, left, one) for one in right)
        case float(), float():
            return compute(left, right)
    return _two(compute, left, right)


def _two(compute: Callable[[float, float], float], left: Value, right: Value) -> TimeSeries:
    match left, right:
        case float(), Mapping():
            return _mapped(right, lambda value: compute(left, value))
        case Mapping(), float():
            return _mapped(left, lambda value: compute(value, right))
        case Mapping(), Mapping():
            times = sorted({*left, *right})
            pairs = ((time, compute(left.get(time, 0.0), right.get(time, 0.0))) for time in times)
            return {time: value for time, value in pairs if math.isfinite(value)}
    raise CumuloError("a time series is needed")


def _aggregated(function: str, value: Value) -> Value:
    """Aggregate one time series to a number, several to one time series."""
    compute = _ALL[function]
    if isinstance(value, float):
        raise CumuloError(f"{function}() takes time series, not a number")
    if isinstance(value, Mapping):
        # Of nothing there is a sum, but no average: then the result has no datapoints either.
        return compute([*value.values()]) if value else (0.0 if function == "SUM" else {})
    times = sorted({time for series in value for time in series})
    if function == "AVG":
        return {time: compute([series.get(time, 0.0) for series in value]) for time in times}
    return {time: compute([series[time] for series in value if time in series]) for time in times}


def _rate(series: TimeSeries) -> TimeSeries:
    times = sorted(series)
    return {time: (series[time] - series[before]) / (time - before) for before, time in itertools.pairwise(times)}


def _repeated(series: TimeSeries, times: Sequence[int]) -> TimeSeries:
    found: dict[int, float] = {}
    last: float | None = None
    for time in times:
        last = series.get(time, last)
        if last is not None:
            found[time] = last
    return found


def _interpolated(series: TimeSeries, times: Sequence[int]) -> TimeSeries:
    """Fill each gap on the line between the values before and after it."""
    known = sorted(series)
    found = dict(series)
    for before, after in itertools.pairwise(known):
        for time in (time for time in times if before < time < after):
            share = (time - before) / (after - before)
            found[time] = series[before] * (1 - share) + series[after] * share
    return found
