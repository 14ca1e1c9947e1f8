"""CloudWatch metrics of constructs, and arithmetic with them: what alarms and dashboards look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cumulo.errors import CumuloError
from cumulo.model.links import Value
from cumulo.model.units import minutes

if TYPE_CHECKING:
    from cumulo.constructs.alarm import Alarm
    from cumulo.constructs.topic import Topic
    from cumulo.model.stack import Stack

# How tightly an operator binds: an operand that binds less tightly gets parentheses.
_SUM, _PRODUCT, _ATOM = 1, 2, 3


class _Watchable:
    """What metrics and expressions have in common: arithmetic and alarms."""

    def __add__(self, other: object) -> Expression:
        return _joined(self, "+", other, _SUM)

    def __radd__(self, other: object) -> Expression:
        # sum() begins with 0.
        return expression(self) if other == 0 else _joined(other, "+", self, _SUM)

    def __sub__(self, other: object) -> Expression:
        return _joined(self, "-", other, _SUM)

    def __rsub__(self, other: object) -> Expression:
        return _joined(other, "-", self, _SUM)

    def __mul__(self, other: object) -> Expression:
        return _joined(self, "*", other, _PRODUCT)

    def __rmul__(self, other: object) -> Expression:
        return _joined(other, "*", self, _PRODUCT)

    def __truediv__(self, other: object) -> Expression:
        return _joined(self, "/", other, _PRODUCT)

    def __rtruediv__(self, other: object) -> Expression:
        return _joined(other, "/", self, _PRODUCT)

    def filled(self, value: float) -> Expression:
        """Return the same with a value for each period in which nothing was measured.

        Examples
        --------
        >>> errors = Metric("AWS/Lambda", "Errors", {"FunctionName": "items-dev-health"})
        >>> errors.filled(0).text()
        'FILL(m1, 0)'
        """
        return Expression(("FILL(", *expression(self).parts, f", {_number(value)})"), _ATOM)

    def alarm(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        above: float | None = None,
        at_least: float | None = None,
        below: float | None = None,
        at_most: float | None = None,
        per: timedelta = minutes(5),  # noqa: B008
        datapoints: tuple[int, int] = (1, 1),
        missing: str = "notBreaching",
        notify: Topic | None = None,
        description: str | None = None,
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> Alarm:
        """Declare an alarm on it; :class:`~cumulo.constructs.alarm.Alarm` says what the parameters mean.

        Examples
        --------
        >>> from cumulo import App, Function, Stack, Stage
        >>> stack = Stack(App("items", Stage("prod")), "watch")
        >>> function = Function(stack, "health", handler="functions.health.handler")
        >>> rate = 100 * function.errors() / function.invocations()
        >>> rate.alarm(stack, "error-rate", above=5, per=minutes(5), datapoints=(2, 3)).name
        'items-prod-error-rate'
        """
        from cumulo.constructs.alarm import Alarm  # alarms know metrics

        watched = self if isinstance(self, Metric) else expression(self)
        return Alarm(
            scope,
            id,
            metric=watched,
            above=above,
            at_least=at_least,
            below=below,
            at_most=at_most,
            per=per,
            datapoints=datapoints,
            missing=missing,
            notify=notify,
            description=description,
            override=override,
            accept=accept,
        )


@dataclass(frozen=True)
class Metric(_Watchable):
    """A metric, its dimensions and the statistic to look at.

    Parameters
    ----------
    namespace, name
        As CloudWatch knows it: ``"AWS/Lambda"``, ``"Errors"``.
    dimensions
        The dimensions that pick one series.
    statistic
        ``"Sum"``, ``"Average"``, ``"Maximum"``, ``"p99"``, …
    unit
        What it is measured in, for messages: ``"count"``, ``"ms"``, ``"s"``.
    label
        What dashboards call it; by default its name.

    Notes
    -----
    Arithmetic with metrics and numbers gives an :class:`Expression`, CloudWatch's metric math.

    Examples
    --------
    >>> Metric("AWS/Lambda", "Duration", {"FunctionName": "items-dev-health"}).with_statistic("p99").statistic
    'p99'
    """

    namespace: str
    name: str
    dimensions: Mapping[str, Value]
    statistic: str = "Sum"
    unit: str = "count"
    label: str | None = None

    def with_statistic(self, statistic: str) -> Metric:
        """Return the metric with another statistic."""
        return replace(self, statistic=statistic)

    def labelled(self, label: str) -> Metric:
        """Return the metric under another name for dashboards."""
        return replace(self, label=label)


@dataclass(frozen=True)
class Expression(_Watchable):
    """Metric math: an expression of metrics. Arithmetic with metrics makes it.

    Parameters
    ----------
    parts
        Its text, with metrics in the places of their ids.
    binding
        How tightly its last operator binds.
    label
        What dashboards call it; by default its text.

    Notes
    -----
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

    Examples
    --------
    >>> errors = Metric("shop", "errors", {})
    >>> orders = Metric("shop", "orders", {})
    >>> (100 * errors / (orders + errors)).text()
    '100 * m1 / (m2 + m1)'
    """

    parts: tuple[str | Metric, ...]
    binding: int = _ATOM
    label: str | None = None

    def labelled(self, label: str) -> Expression:
        """Return the expression under a name for dashboards."""
        return replace(self, label=label)

    def metrics(self) -> list[Metric]:
        """Return the metrics in it, each once, in the order in which they come."""
        found: list[Metric] = []
        for part in self.parts:
            if isinstance(part, Metric) and part not in found:
                found.append(part)
        return found

    def text(self, first: int = 1) -> str:
        """Return it as CloudWatch writes it, its metrics called ``m1``, ``m2``, … from ``first`` on."""
        known = self.metrics()
        return "".join(f"m{known.index(part) + first}" if isinstance(part, Metric) else part for part in self.parts)


def expression(value: object) -> Expression:
    """Return a metric, an expression or a number as an expression.

    Raises
    ------
    CumuloError
        When it is something else.
    """
    if isinstance(value, Expression):
        return value
    if isinstance(value, Metric):
        return Expression((value,))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Expression((_number(value),), _ATOM if value >= 0 else _SUM)
    raise CumuloError(f"{value!r} is neither a metric nor a number", hint="write 100 * f.errors() / f.invocations()")


def _joined(left: object, operator: str, right: object, binding: int) -> Expression:
    """Join two operands; the right one of - and / needs parentheses where it binds no tighter itself."""
    tighter = binding + (operator in "-/")
    parts = (*_operand(left, binding), f" {operator} ", *_operand(right, tighter))
    return Expression(parts, binding)


def _operand(value: object, binding: int) -> tuple[str | Metric, ...]:
    made = expression(value)
    return made.parts if made.binding >= binding else ("(", *made.parts, ")")


def _number(value: float) -> str:
    """Return a number as metric math reads it: without an exponent."""
    text = repr(value)
    return text if "e" not in text else f"{value:f}"
