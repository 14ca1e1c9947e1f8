"""What the function host needs to know of each ``AWS::Lambda::Function``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cumulo.local.invoking import UnknownFunctionError
from cumulo.local.world import Resource, World

_DEFAULT_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class FunctionSpec:
    """One function's settings, with Lambda's own defaults.

    Parameters
    ----------
    name, arn
        Its name and unqualified ARN.
    handler
        ``"package.module.function"``.
    timeout
        The limit of one invocation, in seconds.
    memory
        ``MemorySize``, in MB.
    environment
        The function's own environment variables.
    reserved
        Its reserved concurrency; ``None`` when it has none.
    role
        ARN of its execution role; ``""`` when the template names none.
    runtime
        ``"python3.11"``.
    log_group
        The log group that it writes to.
    log_format, log_level
        ``LoggingConfig``'s ``LogFormat`` and ``ApplicationLogLevel``; ``None`` when not set.
    """

    name: str
    arn: str
    handler: str
    timeout: float = 3.0
    memory: int = 128
    environment: Mapping[str, str] = field(default_factory=dict)
    reserved: int | None = None
    role: str = ""
    runtime: str = _DEFAULT_RUNTIME
    log_group: str = ""
    log_format: str | None = None
    log_level: str | None = None


def function_specs(world: World) -> dict[str, FunctionSpec]:
    """Return the functions of a world by name."""
    specs = (_spec(resource, world) for resource in world.of_type("AWS::Lambda::Function"))
    return {spec.name: spec for spec in specs}


def _spec(resource: Resource, world: World) -> FunctionSpec:
    properties: Mapping[str, Any] = resource.properties
    name = str(properties.get("FunctionName") or resource.physical_id)
    reserved = properties.get("ReservedConcurrentExecutions")
    logging = properties.get("LoggingConfig") or {}
    variables = (properties.get("Environment") or {}).get("Variables") or {}
    return FunctionSpec(
        name=name,
        arn=world.function_arn(name),
        handler=str(properties.get("Handler", "")),
        timeout=float(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        environment={str(key): str(value) for key, value in variables.items()},
        reserved=None if reserved is None else int(reserved),
        role=str(properties.get("Role", "")),
        runtime=str(properties.get("Runtime", _DEFAULT_RUNTIME)),
        log_group=str(logging.get("LogGroup") or f"/aws/lambda/{name}"),
        log_format=logging.get("LogFormat"),
        log_level=logging.get("ApplicationLogLevel"),
    )


def split_reference(function: str) -> tuple[str, str | None]:
    """Split what the Invoke API takes as ``FunctionName`` into name and qualifier.

    Names, partial ARNs (``123456789012:function:name``) and ARNs are taken, each with an optional qualifier.
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

    Raises
    ------
    UnknownFunctionError
        When it has none of these forms.

    Examples
    --------
    >>> split_reference("arn:aws:lambda:eu-west-1:123456789012:function:hello:live")
    ('hello', 'live')
    """
    rest = function.partition(":function:")[2] if ":function:" in function else function
    name, _, qualifier = rest.partition(":")
    if not name or ":" in qualifier:
        raise UnknownFunctionError(function)
    return name, qualifier or None
