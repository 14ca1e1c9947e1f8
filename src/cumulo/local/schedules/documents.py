"""What CreateSchedule takes, checked as the Scheduler checks it.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cumulo.local.schedules.refusals import constraint, invalid
from cumulo.model import expressions
from cumulo.model.expressions import At

Json = Mapping[str, Any]

_NAME = re.compile(r"[0-9a-zA-Z-_.]{1,64}")
_ROLE = re.compile(r"arn:aws(-[a-z]+)?:iam::\d{12}:role/[\w+=,.@/-]+")
_QUEUE = re.compile(r"arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9_-]+")
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
_PARAMETERS = (
    *("EcsParameters", "EventBridgeParameters", "KinesisParameters", "SageMakerPipelineParameters"),
    "SqsParameters",
)


def check_name(field: str, name: str) -> str:
    """Return the name of a schedule or group when it is one."""
    if not _NAME.fullmatch(name):
        raise constraint(field, name, "satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$ and have 1 to 64 letters")
    return name


def checked(request: Json) -> dict[str, Any]:
    """Return a schedule's document, with the API's defaults for what is left out.

    Parameters
    ----------
    request
        The body of CreateSchedule or UpdateSchedule, or the properties of an ``AWS::Scheduler::Schedule``.

    Raises
    ------
    RefusedError
        When the Scheduler would refuse it.
    """
    document: dict[str, Any] = {
        "ActionAfterCompletion": _choice(request, "ActionAfterCompletion", ("NONE", "DELETE"), "NONE"),
        "FlexibleTimeWindow": _window(_mapping(request, "FlexibleTimeWindow")),
        "ScheduleExpression": _text(request, "ScheduleExpression", 256),
        "ScheduleExpressionTimezone": _text(request, "ScheduleExpressionTimezone", 50, "UTC"),
        "State": _choice(request, "State", ("ENABLED", "DISABLED"), "ENABLED"),
        "Target": _target(_mapping(request, "Target")),
    }
    for field in ("StartDate", "EndDate"):
        if request.get(field) is not None:
            document[field] = _date(field, request[field])
    if request.get("Description"):
        document["Description"] = _text(request, "Description", 512)
    if request.get("KmsKeyArn"):
        document["KmsKeyArn"] = _text(request, "KmsKeyArn", 2048)
    _check_expression(document)
    return document


def checked_tags(request: Json) -> dict[str, str]:
    """Return the tags of a request or template: a list of keys and values."""
    tags = request.get("Tags") or []
    if not isinstance(tags, list) or not all(isinstance(tag, Mapping) for tag in tags):
        raise constraint("tags", tags, "be a list of structures")
    return {_text(tag, "Key", 128, path="tags.key"): str(tag.get("Value", "")) for tag in tags}


def check_times(document: Json, now: float) -> None:
    """Refuse a schedule that can never be due: a one-time one in the past, or one that ends before now or its start."""
    expression = expressions.parse(document["ScheduleExpression"])
    zone = expressions.zone(document["ScheduleExpressionTimezone"])
    if isinstance(expression, At) and expression.time.replace(tzinfo=zone).timestamp() <= now:
        raise invalid(f"Invalid Schedule Expression {document['ScheduleExpression']}. The time is in the past.")
    start, end = document.get("StartDate"), document.get("EndDate")
    if end is not None and end <= now:
        raise invalid("The EndDate you specify must be in the future.")
    if start is not None and end is not None and end <= start:
        raise invalid("The EndDate you specify must come after the StartDate.")


def _check_expression(document: Json) -> None:
    expression, zone = document["ScheduleExpression"], document["ScheduleExpressionTimezone"]
    try:
        expressions.parse(expression)
    except ValueError as problem:
        raise invalid(f"Invalid Schedule Expression {expression}. ({problem})") from None
    try:
        expressions.zone(zone)
    except ValueError:
        raise invalid(f"Invalid Schedule Expression Timezone {zone}.") from None


def _window(window: Json) -> dict[str, Any]:
    mode = _choice(window, "Mode", ("OFF", "FLEXIBLE"), None, "flexibleTimeWindow.mode")
    minutes = window.get("MaximumWindowInMinutes")
    if mode == "OFF":
        if minutes is not None:
            raise invalid("MaximumWindowInMinutes is only for a FlexibleTimeWindow of mode FLEXIBLE.")
        return {"Mode": mode}
    if minutes is None:
        raise invalid("A FlexibleTimeWindow of mode FLEXIBLE needs MaximumWindowInMinutes.")
    return {
        "Mode": mode,
        "MaximumWindowInMinutes": _number(minutes, "flexibleTimeWindow.maximumWindowInMinutes", 1, 1440),
    }


def _target(target: Json) -> dict[str, Any]:
    checked = {"Arn": _text(target, "Arn", 1600, path="target.arn")}
    if not checked["Arn"].startswith("arn:"):
        raise invalid(f"Provided Arn is not in correct format. Arn: {checked['Arn']}")
    checked["RoleArn"] = _pattern(_text(target, "RoleArn", 1600, path="target.roleArn"), "target.roleArn", _ROLE)
    result: dict[str, Any] = {**checked, "RetryPolicy": _retries(_part(target, "RetryPolicy"))}
    if target.get("Input") is not None:
        result["Input"] = _text(target, "Input", 262_144, path="target.input")
    queue = _part(target, "DeadLetterConfig").get("Arn")
    if queue is not None:
        result["DeadLetterConfig"] = {"Arn": _pattern(str(queue), "target.deadLetterConfig.arn", _QUEUE)}
    result.update({name: target[name] for name in _PARAMETERS if target.get(name)})
    return result


def _retries(policy: Json) -> dict[str, int]:
    age, attempts = policy.get("MaximumEventAgeInSeconds"), policy.get("MaximumRetryAttempts")
    path = "target.retryPolicy"
    return {
        "MaximumEventAgeInSeconds": _number(
            86_400 if age is None else age, f"{path}.maximumEventAgeInSeconds", 60, 86_400
        ),
        "MaximumRetryAttempts": _number(185 if attempts is None else attempts, f"{path}.maximumRetryAttempts", 0, 185),
    }


def _mapping(request: Json, field: str) -> Json:
    value = request.get(field)
    if not isinstance(value, Mapping):
        raise constraint(_path(field), value, "not be null" if value is None else "be a structure")
    return value


def _part(target: Json, field: str) -> Json:
    return _mapping(target, field) if target.get(field) is not None else {}


def _text(request: Json, field: str, longest: int, default: str | None = None, path: str | None = None) -> str:
    value = request.get(field)
    value = default if value is None else value
    if not isinstance(value, str):
        raise constraint(path or _path(field), value, "not be null" if value is None else "be a string")
    if not 1 <= len(value) <= longest:
        raise constraint(path or _path(field), value[:64], f"have length from 1 to {longest}")
    return value


def _pattern(value: str, path: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise constraint(path, value, f"satisfy regular expression pattern: ^{pattern.pattern}$")
    return value


def _choice(request: Json, field: str, choices: tuple[str, ...], default: str | None, path: str | None = None) -> str:
    value = request.get(field, default)
    if value not in choices:
        raise constraint(path or _path(field), value, f"satisfy enum value set: [{', '.join(choices)}]")
    return str(value)


def _number(value: Any, path: str, low: int, high: int) -> int:
    # A template may hold a number as text, or as one with a fraction of nothing.
    number = int(value) if str(value).removesuffix(".0").isdecimal() else -1
    if not low <= number <= high:
        raise constraint(path, value, f"have value from {low} to {high}")
    return number


def _date(field: str, value: Any) -> float:
    """Return a date in seconds since the epoch: the API has a number, a template text."""
    try:
        seconds = float(value) if not isinstance(value, str) else datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 <= seconds < _END_OF_TIME:
        raise constraint(_path(field), value, "be a timestamp")
    return seconds


def _path(field: str) -> str:
    return field[0].lower() + field[1:]
