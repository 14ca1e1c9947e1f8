"""Environment variables, and what a template says of them itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cumulo.guidelines.system import Resource, System
from cumulo.guidelines.template.values import Value


def variables(system: System) -> Iterator[tuple[Resource, str, Value]]:
    """Find the environment variables of functions, containers and builds, save those that point to a secret."""
    for function in system.of_type("AWS::Lambda::Function"):
        for environment in function.get("Environment", "Variables"):
            yield from ((function, name, value) for name, value in environment.fields())
    for task in system.of_type("AWS::ECS::TaskDefinition"):
        for container in task.listed("ContainerDefinitions"):
            for variable in container.listed("Environment"):
                yield from _named(task, variable)
    for project in system.of_type("AWS::CodeBuild::Project"):
        for variable in project.listed("Environment", "EnvironmentVariables"):
            if all(kind.absent or kind.text == "PLAINTEXT" for kind in variable.get("Type")):
                yield from _named(project, variable)


def is_written(holder: Resource, value: Value) -> bool:
    """Tell whether a value stands in the template as it is, not as a function that makes it."""
    written: Any = holder.body
    for key in value.path[2:]:
        inside = isinstance(written, Mapping) and key in written
        if not inside and not (isinstance(written, list) and isinstance(key, int) and key < len(written)):
            return False
        written = written[key]
    return isinstance(written, str)


def _named(holder: Resource, variable: Value) -> Iterator[tuple[Resource, str, Value]]:
    for name in variable.get("Name"):
        yield from ((holder, name.text or "", value) for value in variable.get("Value"))
