"""Metrics out of log lines: the CloudWatch embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeGuard

from cumulo.local.entries import Entry

_MAX_METRICS = _MAX_VALUES = 100
_MAX_DIMENSIONS = 30
_MAX_VALUE = 2.0**360
_PAST, _FUTURE = 14 * 86_400, 2 * 3_600  # CloudWatch takes time stamps of this range only


def entries(line: str, *, subject: str, time: float, request_id: str | None = None) -> list[Entry]:
    """Return a metric entry for each metric and dimension set in a log line.

    An ordinary line gives none. A document that breaks the specification gives what CloudWatch Logs gives: a
    metric ``EMFParsingErrors`` or ``EMFValidationErrors`` in ``AWS/Logs``, here with the reason as its text.

    Parameters
    ----------
    line
        The log line; Lambda's own prefix (time, request id) before the document is allowed.
    subject
        The function that wrote it.
    time
        When it was written, in seconds since the epoch.
    request_id
        The invocation that it belongs to.

    Examples
    --------
    >>> line = (
    ...     '{"_aws": {"Timestamp": 1000, "CloudWatchMetrics": [{"Namespace": "shop", "Dimensions": [["service"]],'
    ...     ' "Metrics": [{"Name": "orders", "Unit": "Count"}]}]}, "service": "cart", "orders": 2}'
    ... )
    >>> entries(line, subject="create", time=1.0)[0].text
    'shop orders=2 Count {service=cart}'
    """
    if '"_aws"' not in line or '"CloudWatchMetrics"' not in line:
        return []
    try:
        document = json.loads(line[line.index("{") :])
    except (ValueError, RecursionError) as problem:
        return [_failure("EMFParsingErrors", f"is not JSON: {problem}", subject, time, request_id)]
    try:
        return [
            Entry(stamp, "metric", subject, _text(data), request_id, data=data)
            for stamp, data in _metrics(document, time)
        ]
    except _InvalidError as problem:
        return [_failure("EMFValidationErrors", str(problem), subject, time, request_id)]


class _InvalidError(Exception):
    """The document breaks the specification."""


def _metrics(document: Any, now: float) -> Iterator[tuple[float, dict[str, Any]]]:
    metadata = _typed(document, "_aws", dict)
    stamp = _timestamp(metadata, now)
    for directive in _typed(metadata, "CloudWatchMetrics", list):
        namespace = _name(directive, "Namespace")
        sets = _typed(directive, "Dimensions", list)
        definitions = _typed(directive, "Metrics", list)
        if not sets:
            raise _InvalidError("Dimensions has no dimension set; write [[]] for none")
        if len(definitions) > _MAX_METRICS:
            raise _InvalidError(f"{len(definitions)} metrics; at most {_MAX_METRICS} are allowed")
        for keys, definition in product(sets, definitions):
            dimensions = _dimensions(document, keys)
            yield stamp, {"namespace": namespace, "dimensions": dimensions, **_metric(document, definition)}


def _timestamp(metadata: Mapping[str, Any], now: float) -> float:
    stamp = metadata.get("Timestamp")
    if not _is_number(stamp):
        raise _InvalidError("Timestamp is missing, or not a number of milliseconds")
    seconds = float(stamp) / 1000
    if not now - _PAST <= seconds <= now + _FUTURE:
        raise _InvalidError(f"Timestamp {stamp} is more than two weeks ago or two hours ahead")
    return seconds


def _dimensions(document: Mapping[str, Any], keys: Any) -> dict[str, str]:
    if not isinstance(keys, list) or len(keys) > _MAX_DIMENSIONS:
        raise _InvalidError(f"a dimension set is a list of at most {_MAX_DIMENSIONS} names, not {keys!r:.80}")
    dimensions = {}
    for key in keys:
        if not isinstance(key, str) or not isinstance(document.get(key), str):
            raise _InvalidError(f"dimension {key!r:.80} has no text value at the top of the document")
        dimensions[key] = document[key]
    return dimensions


def _metric(document: Mapping[str, Any], definition: Any) -> dict[str, Any]:
    name = _name(definition, "Name")
    target = document.get(name)
    values = target if isinstance(target, list) else [target]
    if len(values) > _MAX_VALUES:
        raise _InvalidError(f"metric {name!r} has {len(values)} values; at most {_MAX_VALUES} are allowed")
    if not values or not all(_is_number(value) and abs(value) <= _MAX_VALUE for value in values):
        raise _InvalidError(f"metric {name!r} has no number, or list of numbers, at the top of the document")
    resolution = definition.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise _InvalidError(f"metric {name!r} has StorageResolution {resolution!r:.20}; 1 and 60 are allowed")
    content = {"values": values} if isinstance(target, list) else {"value": target}
    return {"name": name, **content, "unit": str(definition.get("Unit", "None")), "resolution": resolution}


def _typed(holder: Any, key: str, type_: type) -> Any:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, type_):
        raise _InvalidError(f"{key} is missing, or not {'an object' if type_ is dict else 'a list'}")
    return value


def _name(holder: Any, key: str) -> str:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, str) or not 1 <= len(value) <= 255:
        raise _InvalidError(f"{key} is missing, or not a text of 1 to 255 characters")
    return value


def _is_number(value: Any) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _text(data: Mapping[str, Any]) -> str:
    value: float | Sequence[float] = data.get("value", data.get("values", ()))
    dimensions = ",".join(f"{key}={value}" for key, value in data["dimensions"].items())
    unit = "" if data["unit"] == "None" else f" {data['unit']}"
    return f"{data['namespace']} {data['name']}={value}{unit} {{{dimensions}}}"


def _failure(name: str, why: str, subject: str, time: float, request_id: str | None) -> Entry:
    data = {
        "namespace": "AWS/Logs",
        "name": name,
        "dimensions": {"LogGroupName": f"/aws/lambda/{subject}"},
        "value": 1,
        "unit": "Count",
        "resolution": 60,
    }
    return Entry(time, "metric", subject, f"embedded metric format: {why}", request_id, "WARNING", data)
