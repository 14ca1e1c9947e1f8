"""A CloudWatch metric of a construct: what alarms and dashboards look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cumulo.model.links import Value


@dataclass(frozen=True)
class Metric:
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

    def with_statistic(self, statistic: str) -> Metric:
        """Return the metric with another statistic."""
        return replace(self, statistic=statistic)
