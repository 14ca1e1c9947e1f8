"""Dashboard: graphs of metrics and alarms on one page of CloudWatch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from troposphere import Sub, cloudwatch

from cumulo.constructs.alarm import Alarm
from cumulo.constructs.metric import Expression, Metric
from cumulo.model.checks import check_duration, check_list, shown
from cumulo.model.construct import Construct
from cumulo.model.links import Value
from cumulo.model.references import Arn, Reference
from cumulo.model.stack import Stack
from cumulo.model.units import minutes

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
COLUMNS = 24
HEIGHT = 6
MOST_IN_A_ROW = 8
HINT = "a cell is a metric, an alarm, or a list of either"

Watched = Metric | Expression | Alarm
Cell = Watched | Sequence[Watched]


class Dashboard(Construct):
    """A CloudWatch dashboard.

    Parameters
    ----------
    scope, id
        The stack and the dashboard's name in it.
    rows
        From top to bottom, each a list of cells from left to right, which share its width. A cell is a metric or
        arithmetic with metrics, a list of those for one graph, an alarm for a graph with its threshold, or a list of
        alarms for their states.
    period
        What one point of a graph covers: whole minutes.

    Notes
    -----
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html

    Examples
    --------
    >>> from cumulo import App, Function, Stage
    >>> stack = Stack(App("items", Stage("prod")), "watch")
    >>> health = Function(stack, "health", handler="functions.health.handler")
    >>> slow = health.duration().alarm(stack, "slow", above=500)
    >>> rows = [[health.invocations(), [health.errors(), health.throttles()]], [slow]]
    >>> Dashboard(stack, "overview", rows=rows).name
    'items-prod-overview'
    """

    kind: ClassVar[str] = "dashboard"
    name_limit: ClassVar[int] = 255

    def __init__(
        self,
        scope: Stack,
        id: str,  # noqa: A002
        *,
        rows: Sequence[Sequence[Cell]],
        period: timedelta = minutes(5),  # noqa: B008
        override: Mapping[str, Any] | None = None,
        accept: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id, override=override, accept=accept)
        check_list(self.where, "rows", rows, "[function.errors()]")
        check_duration(self.where, "period", period, unit="minutes")
        self._period = round(period.total_seconds())
        if self._period < 60 or self._period % 60:
            raise self.error(f"a period of {self._period} s is not possible", hint="use whole minutes")
        self._variables: dict[str, Value] = {}
        widgets = [widget for y, row in enumerate(rows) for widget in self._row(row, y * HEIGHT)]
        body = json.dumps({"widgets": widgets}, separators=(",", ":"), sort_keys=True)
        values = {name: self.value(value) for name, value in self._variables.items()}
        self.dashboard = self.add(
            cloudwatch.Dashboard(self.logical_id(), DashboardName=self.name, DashboardBody=Sub(body, **values))
        )

    def _row(self, row: Sequence[Cell], y: int) -> list[dict[str, Any]]:
        check_list(self.where, "a row", row, "function.errors()")
        if not 1 <= len(row) <= MOST_IN_A_ROW:
            raise self.error(f"a row has {len(row)} cells", hint=f"use 1 to {MOST_IN_A_ROW}")
        width = COLUMNS // len(row)
        return [
            {**self._widget(cell), "x": x * width, "y": y, "width": width, "height": HEIGHT}
            for x, cell in enumerate(row)
        ]

    def _widget(self, cell: Cell) -> dict[str, Any]:
        watched = [cell] if isinstance(cell, Metric | Expression | Alarm) else cell
        if not isinstance(watched, list | tuple) or not watched:
            raise self.error(f"a cell is {shown(cell)}", hint=HINT)
        alarms = [one for one in watched if isinstance(one, Alarm)]
        if len(alarms) == len(watched):
            return self._threshold(alarms[0]) if isinstance(cell, Alarm) else self._states(alarms)
        graphed = [one for one in watched if isinstance(one, Metric | Expression)]
        if len(graphed) != len(watched):
            raise self.error("a cell mixes alarms with other things", hint=HINT)
        return self._graph(graphed)

    def _graph(self, watched: Sequence[Metric | Expression]) -> dict[str, Any]:
        lines: list[list[Any]] = []
        for one in watched:
            if isinstance(one, Metric):
                # CloudWatch tells metrics of one name from each other by itself.
                lines.append(self._line(one, {"label": _literal(one.label)} if one.label else {}))
            else:
                lines += self._math(one, len(lines))
        title = ", ".join(dict.fromkeys(_title(one) for one in watched))
        properties = {"metrics": lines, "period": self._period, "stacked": False, "view": "timeSeries"}
        return {"type": "metric", "properties": {**properties, "title": _literal(title), "region": "${AWS::Region}"}}

    def _math(self, expression: Expression, before: int) -> list[list[Any]]:
        """Return the lines of an expression and, not visible, of its metrics; ids are unique in a graph."""
        text = expression.text(first=before + 1)
        line = {"expression": text, "id": f"e{before + 1}", "label": _literal(expression.label or text)}
        hidden = [
            self._line(metric, {"id": f"m{number}", "visible": False})
            for number, metric in enumerate(expression.metrics(), start=before + 1)
        ]
        return [[line], *hidden]

    def _line(self, metric: Metric, rendering: Mapping[str, Any]) -> list[Any]:
        dimensions = [part for name, value in metric.dimensions.items() for part in (name, self._text(value))]
        return [metric.namespace, metric.name, *dimensions, {**rendering, "stat": metric.statistic}]

    def _threshold(self, alarm: Alarm) -> dict[str, Any]:
        annotations = {"alarms": [self._text(alarm.arn)]}
        properties = {"annotations": annotations, "stacked": False, "view": "timeSeries", "region": "${AWS::Region}"}
        return {"type": "metric", "properties": {**properties, "title": alarm.id}}

    def _states(self, alarms: Sequence[Alarm]) -> dict[str, Any]:
        arns = [self._text(alarm.arn) for alarm in alarms]
        return {"type": "alarm", "properties": {"alarms": arns, "title": "Alarms"}}

    def _text(self, value: Value) -> str:
        """Return a value as ``Fn::Sub`` takes it; a reference becomes one of its variables."""
        if isinstance(value, Arn):
            return value.pattern
        if not isinstance(value, Reference):
            return _literal(value)
        for name, known in self._variables.items():
            if known == value:
                return f"${{{name}}}"
        name = f"{value.output_name}{len(self._variables) + 1}"
        self._variables[name] = value
        return f"${{{name}}}"


def _title(watched: Metric | Expression) -> str:
    return watched.label or (watched.name if isinstance(watched, Metric) else watched.text())


def _literal(text: str) -> str:
    """Return text that ``Fn::Sub`` leaves as it is: a dynamic label such as ``${MAX}`` for example."""
    return text.replace("${", "${!")
