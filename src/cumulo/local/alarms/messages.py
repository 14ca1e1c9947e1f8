"""What CloudWatch tells topics and functions when an alarm changes its state.

- topics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
- functions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cumulo.local.alarms.composite import Composite
from cumulo.local.alarms.definition import COMPARISONS, Definition
from cumulo.local.alarms.states import AlarmState

_LONGEST_SUBJECT = 100  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html


@dataclass(frozen=True)
class Change:
    """An alarm that has changed its state.

    Parameters
    ----------
    alarm
        Which.
    old, new
        Its states.
    account, region
        Where.
    children
        Of a composite alarm: the ARNs of its alarms that have just changed, and their states.
    """

    alarm: Definition | Composite
    old: AlarmState
    new: AlarmState
    account: str
    region: str
    children: Mapping[str, AlarmState] = field(default_factory=dict)


def subject(change: Change) -> str:
    """Return the subject of the message to a topic."""
    text = f'{change.new.state}: "{change.alarm.name}" in {region_name(change.region)}'
    return text.encode("ascii", "replace").decode()[:_LONGEST_SUBJECT]


def notification(change: Change) -> dict[str, Any]:
    """Return the message to a topic."""
    alarm, properties = change.alarm, change.alarm.properties
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": properties.get("AlarmDescription"),
        "AWSAccountId": change.account,
        "AlarmConfigurationUpdatedTimestamp": _stamp(change.old.changed),
        "NewStateValue": change.new.state,
        "NewStateReason": change.new.reason,
        "StateChangeTime": _stamp(change.new.changed),
        "Region": region_name(change.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": change.old.state,
        "OKActions": list(properties.get("OKActions") or ()),
        "AlarmActions": list(properties.get("AlarmActions") or ()),
        "InsufficientDataActions": list(properties.get("InsufficientDataActions") or ()),
        **({"Trigger": _trigger(alarm)} if isinstance(alarm, Definition) else _children(change, alarm)),
    }


def text(change: Change) -> str:
    """Return what subscribers by e-mail read."""
    alarm, new = change.alarm, change.new
    at = spoken(new.changed)
    reason = new.reason.removesuffix(".")
    return (
        f'You are receiving this email because your Amazon CloudWatch Alarm "{alarm.name}" in the '
        f'{region_name(change.region)} region has entered the {new.state} state, because "{reason}." at "{at}".\n\n'
        f"Alarm Details:\n"
        f"- Name:                       {alarm.name}\n"
        f"- Description:                {alarm.properties.get('AlarmDescription') or ''}\n"
        f"- State Change:               {change.old.state} -> {new.state}\n"
        f"- Reason for State Change:    {reason}.\n"
        f"- Timestamp:                  {at}\n"
        f"- AWS Account:                {change.account}\n"
        f"- Alarm Arn:                  {alarm.arn}\n\n"
        f"{_when(alarm)}\n"
    )


def spoken(time: float) -> str:
    """Return a time as CloudWatch writes it for people."""
    return datetime.fromtimestamp(time, UTC).strftime("%A %d %B, %Y %H:%M:%S UTC")


def event(change: Change) -> dict[str, Any]:
    """Return the event for a function."""
    description = change.alarm.properties.get("AlarmDescription")
    configuration: dict[str, Any] = {"description": description} if description else {}
    return {
        "source": "aws.cloudwatch",
        "alarmArn": change.alarm.arn,
        "accountId": change.account,
        "time": _stamp(change.new.changed),
        "region": change.region,
        "alarmData": {
            "alarmName": change.alarm.name,
            "state": _state(change.new),
            "previousState": _state(change.old),
            "configuration": {**configuration, **_configuration(change.alarm)},
        },
    }


def region_name(region: str) -> str:
    """Return what a region is called, ``"US East (N. Virginia)"``, or the region when botocore does not know it."""
    package = importlib.util.find_spec("botocore")
    if package is None or package.origin is None:
        return region
    text = (Path(package.origin).parent / "data" / "partitions.json").read_text(encoding="utf-8")
    regions = {name: about for part in json.loads(text)["partitions"] for name, about in part["regions"].items()}
    return str(regions.get(region, {}).get("description", region))


def _state(state: AlarmState) -> dict[str, Any]:
    return {"value": state.state, "reason": state.reason, "timestamp": _stamp(state.changed)}


def _trigger(alarm: Definition) -> dict[str, Any]:
    properties = alarm.properties
    how = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluated,
        "DatapointsToAlarm": alarm.breaching,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.missing,
        "EvaluateLowSampleCountPercentile": properties.get("EvaluateLowSampleCountPercentile", ""),
    }
    if properties.get("Metrics"):
        return {**how, "Metrics": [_query(query) for query in properties["Metrics"]]}
    plain = properties.get("Statistic")
    statistic = {"Statistic": str(plain).upper()} if plain else {"ExtendedStatistic": properties["ExtendedStatistic"]}
    return {
        "MetricName": properties["MetricName"],
        "Namespace": properties["Namespace"],
        "StatisticType": next(iter(statistic)),
        **statistic,
        "Unit": properties.get("Unit"),
        "Dimensions": _dimensions(properties.get("Dimensions") or ()),
        **how,
    }


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    stat = query.get("MetricStat")
    if stat is None:
        return dict(query)
    metric = {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"].get("Dimensions") or ())}
    return {**query, "MetricStat": {**stat, "Metric": metric}}


def _dimensions(dimensions: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"value": one["Value"], "name": one["Name"]} for one in dimensions]


def _children(change: Change, alarm: Composite) -> dict[str, Any]:
    changed = [
        {"Arn": arn, "State": {"Value": state.state, "Timestamp": _stamp(state.changed)}}
        for arn, state in change.children.items()
    ]
    return {"AlarmRule": alarm.properties["AlarmRule"], "TriggeringChildren": changed}


def _when(alarm: Definition | Composite) -> str:
    if isinstance(alarm, Composite):
        return f"Rule:\n- {alarm.properties['AlarmRule']}"
    return (
        f"Threshold:\n- The alarm is in the ALARM state when the metric is {COMPARISONS[alarm.comparison]} "
        f"{alarm.threshold!r} for at least {alarm.breaching} of the last {alarm.evaluated} period(s) of "
        f"{alarm.period} seconds."
    )


def _configuration(alarm: Definition | Composite) -> dict[str, Any]:
    if isinstance(alarm, Composite):
        return {"alarmRule": alarm.properties["AlarmRule"]}
    return {"metrics": _configured(alarm)}


def _configured(alarm: Definition) -> list[dict[str, Any]]:
    texts = {query["Id"]: query.get("Expression") for query in alarm.properties.get("Metrics") or ()}
    found: list[dict[str, Any]] = []
    for query in alarm.queries:
        about: dict[str, Any] = {"id": query.id, "returnData": query.returns}
        if query.series is None:
            found.append({**about, "expression": texts[query.id]})
            continue
        metric = {
            "namespace": query.series.namespace,
            "name": query.series.name,
            "dimensions": dict(sorted(query.series.dimensions)),
        }
        found.append({**about, "metricStat": {"metric": metric, "period": alarm.period, "stat": query.statistic}})
    return found


def _stamp(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
