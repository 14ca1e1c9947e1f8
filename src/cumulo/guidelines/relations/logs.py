"""Where functions write their logs."""

from __future__ import annotations

from collections.abc import Mapping

from cumulo.guidelines.relations.types import FUNCTION, LOG_GROUP, LOG_RETENTION
from cumulo.guidelines.system import Resource, System, once
from cumulo.guidelines.template.values import Value

_PREFIX = "/aws/lambda/"
_Key = Resource | tuple[str, str]


@once
def log_groups(system: System) -> Mapping[Resource, Resource]:
    """Return what declares the log group that each function writes to; the CDK's ``log_retention`` does so, too."""
    implicit = _groups_by_function(system)
    found: dict[Resource, Resource | None] = {}
    for function in system.of_type(FUNCTION):
        stated = [value for value in function.get("LoggingConfig", "LogGroup") if not value.absent]
        if stated:
            found[function] = system.target(stated[0], LOG_GROUP)
        else:
            keys: list[_Key] = [function, *(_key(name, _pattern(name)) for name in function.get("FunctionName"))]
            found[function] = next((implicit[key] for key in keys if key in implicit), None)
    return {function: group for function, group in found.items() if group is not None}


def _groups_by_function(system: System) -> Mapping[_Key, Resource]:
    """Return log groups by the function, or the function's name, that their own name holds."""
    groups: dict[_Key, Resource] = {}
    for group in system.of_type(LOG_GROUP, LOG_RETENTION):
        for name in group.get("LogGroupName"):
            groups.update({found: group for each in name.references if (found := system.resource(each))})
            pattern = _pattern(name)
            if pattern.startswith(_PREFIX):
                groups[_key(name, pattern.removeprefix(_PREFIX))] = group
    return groups


def _pattern(name: Value) -> str:
    """Return a name with a zero byte for each part that nobody knows, as a parameter without a default."""
    return (name.pattern or "") if name.known else "\0"


def _key(name: Value, pattern: str) -> _Key:
    """Return what two equal names share: what is not known in them is the same in one stack only."""
    return (name.scope.stack if "\0" in pattern else "", pattern)
