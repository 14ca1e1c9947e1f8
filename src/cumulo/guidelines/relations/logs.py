"""Where functions write their logs."""

from __future__ import annotations

from collections.abc import Mapping

from cumulo.guidelines.relations.types import FUNCTION, LOG_GROUP
from cumulo.guidelines.system import Resource, System

_PREFIX = "/aws/lambda/"


def log_groups(system: System) -> Mapping[Resource, Resource]:
    """Return the declared log group that each function writes to."""
    implicit = _groups_by_function(system)
    found: dict[Resource, Resource | None] = {}
    for function in system.of_type(FUNCTION):
        stated = [value for value in function.get("LoggingConfig", "LogGroup") if not value.absent]
        if stated:
            found[function] = system.target(stated[0], LOG_GROUP)
        else:
            keys: list[Resource | str] = [function, *(name.text for name in function.get("FunctionName") if name.text)]
            found[function] = next((implicit[key] for key in keys if key in implicit), None)
    return {function: group for function, group in found.items() if group is not None}


def _groups_by_function(system: System) -> Mapping[Resource | str, Resource]:
    """Return log groups by the function, or the function's name, that their own name holds."""
    groups: dict[Resource | str, Resource] = {}
    for group in system.of_type(LOG_GROUP):
        for name in group.get("LogGroupName"):
            groups.update({found: group for each in name.references if (found := system.resource(each))})
            if name.text and name.text.startswith(_PREFIX):
                groups[name.text.removeprefix(_PREFIX)] = group
    return groups
