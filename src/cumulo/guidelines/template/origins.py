"""Where in a SAM template each piece of its expansion was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cumulo.guidelines.template.sam_apis import definition_lines
from cumulo.guidelines.template.values import Path_

_SHARED = ("Function", "Api", "HttpApi", "SimpleTable", "StateMachine", "WebSocketApi", "LayerVersion")

SAME: Mapping[str, frozenset[str]] = {
    "AWS::Serverless::Function": frozenset(
        {
            "Architectures",
            "Description",
            "Environment",
            "EphemeralStorage",
            "FileSystemConfigs",
            "FunctionName",
            "Handler",
            "KmsKeyArn",
            "Layers",
            "LoggingConfig",
            "MemorySize",
            "RecursiveLoop",
            "ReservedConcurrentExecutions",
            "Runtime",
            "RuntimeManagementConfig",
            "SnapStart",
            "Timeout",
            "VpcConfig",
        }
    ),
    "AWS::Serverless::SimpleTable": frozenset({"PointInTimeRecoverySpecification", "SSESpecification", "TableName"}),
    "AWS::Serverless::StateMachine": frozenset({"Logging", "Tracing"}),
}
"""Properties that SAM passes on as they are: what mends them may be written there
(https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html)."""

_MOVED: Mapping[str, Mapping[Path_, Path_]] = {
    "AWS::Serverless::Function": {("TracingConfig", "Mode"): ("Tracing",)},
}
"""Properties that are one value in SAM."""

_INSIDE: Mapping[str, Path_] = {
    "AWS::ApiGateway::DomainName": ("Domain",),
    "AWS::ApiGateway::UsagePlan": ("Auth", "UsagePlan"),
    "AWS::ApiGatewayV2::DomainName": ("Domain",),
    "AWS::CodeDeploy::DeploymentGroup": ("DeploymentPreference",),
    "AWS::Lambda::EventInvokeConfig": ("EventInvokeConfig",),
    "AWS::Lambda::Url": ("FunctionUrlConfig",),
}
"""Where within the SAM resource the properties of some generated ones are written."""

_RENAMED: Mapping[str, tuple[str, ...]] = {
    "AlarmConfiguration": ("Alarms",),
    "Code": ("CodeUri", "InlineCode", "ImageUri"),
    "TracingConfig": ("Tracing",),
    "TracingConfiguration": ("Tracing",),
    "LoggingConfiguration": ("Logging",),
    "DeadLetterConfig": ("DeadLetterQueue",),
    "DeploymentConfigName": ("Type",),
    "DomainNameConfigurations": ("SecurityPolicy",),
    "DefinitionString": ("Definition", "DefinitionUri"),
    "EventSourceArn": ("Queue", "Stream", "Broker"),
    "ScheduleExpression": ("Schedule",),
    "EventPattern": ("Pattern",),
    "Body": ("DefinitionBody",),
    "AccessLogSettings": ("AccessLogSettings", "AccessLogSetting"),
    "KeySchema": ("PrimaryKey",),
    "PolicyDocument": ("Permissions",),
    "StageVariables": ("StageVariables", "Variables"),
}
"""SAM's names for properties that it renames."""


_GIVEN = frozenset(
    {
        "AWS::CodeDeploy::Application",
        "AWS::Lambda::Permission",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    }
)
"""Generated resources that are the same whatever is written: who wants another queue declares it."""


@dataclass(frozen=True)
class Origins:
    """Where the pieces of an expanded template come from.

    Parameters
    ----------
    lines
        Line of each piece of the expansion, by path.
    owners
        The SAM resource that findings about a generated one are about.
    beyond
        Generated resources that nobody can change.
    writable
        Where mends may be written: path in the expansion → path in the file.
    fixed
        Policies that SAM's policy templates made: nobody can change a statement of them.
    made
        Logical ids of the resources that SAM made.
    """

    lines: Mapping[Path_, int]
    owners: Mapping[str, str]
    beyond: frozenset[str]
    writable: Mapping[Path_, Path_]
    fixed: frozenset[Path_]
    made: frozenset[str]


def trace(
    written: Mapping[str, Any], expanded: Mapping[str, Any], lines: Mapping[Path_, int], origins: Mapping[str, str]
) -> Origins:
    """Find where each piece of an expanded SAM template was written.

    Parameters
    ----------
    written
        The template as somebody wrote it.
    expanded
        What SAM makes of it.
    lines
        Lines of the template as it was written.
    origins
        What the translator said: logical id → logical id of the SAM resource.
    """
    found = {path: line for path, line in lines.items() if path[:1] != ("Globals",)}
    owners: dict[str, str] = {}
    beyond: set[str] = set()
    made: set[str] = set()
    writable: dict[Path_, Path_] = {}
    fixed: set[Path_] = set()
    before = _mapping(written.get("Resources"))
    for logical_id, body in expanded["Resources"].items():
        kind = str(_mapping(before.get(logical_id)).get("Type"))
        if logical_id in before and not kind.startswith("AWS::Serverless::"):
            place: Path_ = ("Resources", logical_id)
            writable[place] = place
            continue
        is_shared = logical_id.startswith(("ServerlessRestApi", "ServerlessHttpApi"))
        owner = origins.get(logical_id) or (None if is_shared else _by_prefix(logical_id, before))
        made.add(logical_id)
        bases = list(_bases(written, lines, (logical_id, _mapping(body)), owner))
        if not bases or _mapping(body).get("Type") in _GIVEN:
            beyond.add(logical_id)
        elif owner not in (logical_id, None):
            owners[logical_id] = str(owner)
        _trace_resource(found, lines, logical_id, body, bases)
        found.update(definition_lines(written, lines, (logical_id, _mapping(body)), bases))
        fixed.update(_trace_policies(found, lines, logical_id, body, _written_policies(written, bases)))
        if owner == logical_id:
            writable.update(_places(lines, ("Resources", logical_id, "Properties"), kind))
        writable.update(_places_inside(lines, logical_id, _mapping(body), bases))
    return Origins(found, owners, frozenset(beyond), writable, frozenset(fixed), frozenset(made))


def _places(lines: Mapping[Path_, int], place: Path_, kind: str) -> Iterator[tuple[Path_, Path_]]:
    """Yield where mends of a SAM resource may be written; a value of ``Globals`` is mended there."""
    for name in SAME.get(kind, ()):
        yield (*place, name), (*place, name)
    for path, moved in _MOVED.get(kind, {}).items():
        shared: Path_ = ("Globals", kind.rpartition(":")[2], *moved)
        yield (*place, *path), shared if shared in lines and (*place, *moved) not in lines else (*place, *moved)


def _places_inside(
    lines: Mapping[Path_, int], logical_id: str, body: Mapping[str, Any], bases: Sequence[Path_]
) -> Iterator[tuple[Path_, Path_]]:
    """Yield where mends of a resource may be written whose properties stand within the SAM resource."""
    if body.get("Type") not in _INSIDE:
        return
    for path in _walk(_mapping(body.get("Properties")), ()):
        written = (*bases[0], path[-1]) if bases else ()
        if written in lines:
            yield ("Resources", logical_id, "Properties", *path), written


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _by_prefix(logical_id: str, before: Mapping[str, Any]) -> str | None:
    """Return the SAM resource that a generated one is named after: connectors and deployment groups say no more."""
    owners = (name for name in before if logical_id.startswith(str(name)))
    return max(owners, key=len, default=None)


def _bases(
    written: Mapping[str, Any], lines: Mapping[Path_, int], made: tuple[str, Mapping[str, Any]], owner: str | None
) -> Iterator[Path_]:
    """Yield where the properties of a generated resource may have been written, the nearest place first."""
    logical_id, expanded = made
    if owner is None:
        yield from _shared_api(written, logical_id)
        return
    resource = ("Resources", owner)
    body = _mapping(_mapping(written.get("Resources")).get(owner))
    properties = _mapping(body.get("Properties"))
    if logical_id != owner:
        for section, place in (("Connectors", resource), ("Events", (*resource, "Properties"))):
            holder = _mapping((body if section == "Connectors" else properties).get(section))
            named = [name for name in holder if logical_id.startswith(f"{owner}{name}")]
            if named:
                yield (*place, section, max(named, key=len), "Properties")
    kind = str(body.get("Type")).removeprefix("AWS::Serverless::")
    shared: Path_ | None = ("Globals", kind) if kind in _SHARED and ("Globals", kind) in lines else None
    inside = _INSIDE.get(str(expanded.get("Type")))
    if inside:
        within = ((*base, *inside) for base in ((*resource, "Properties"), shared) if base)
        yield from (path for path in within if path in lines)
    yield (*resource, "Properties")
    if shared:
        yield shared


def _shared_api(written: Mapping[str, Any], logical_id: str) -> Iterator[Path_]:
    """Yield what made an implicit API: ``Globals``, and the first event of its kind."""
    kind = "HttpApi" if logical_id.startswith("ServerlessHttpApi") else "Api"
    if not logical_id.startswith(f"Serverless{kind}") and not logical_id.startswith("ServerlessRestApi"):
        return
    yield ("Globals", kind)
    for name, body in _mapping(written.get("Resources")).items():
        for event, inner in _mapping(_mapping(_mapping(body).get("Properties")).get("Events")).items():
            names_another = "ApiId" if kind == "HttpApi" else "RestApiId"
            if _mapping(inner).get("Type") == kind and names_another not in _mapping(inner.get("Properties")):
                yield ("Resources", name, "Properties", "Events", event)
                return


def _trace_resource(
    found: dict[Path_, int], lines: Mapping[Path_, int], logical_id: str, body: Any, bases: Sequence[Path_]
) -> None:
    place: Path_ = ("Resources", logical_id)
    line = next((at for base in bases if (at := _line(lines, base)) is not None), None)
    if line is not None:
        # Of an event or a connector, the line of its name.
        found[place] = line
        found[*place, "Properties"] = line
    for path in _walk(_mapping(_mapping(body).get("Properties")), ()):
        known = next((lines[each] for each in _candidates(path, bases) if each in lines), None)
        if known is not None:
            found[*place, "Properties", *path] = known


def _written_policies(written: Mapping[str, Any], bases: Sequence[Path_]) -> tuple[Path_, Any]:
    """Return where the policies of a role were written, and what stands there."""
    for base in bases:
        holder: Any = written
        for key in base:
            holder = _mapping(holder).get(str(key))
        if "Policies" in _mapping(holder):
            return (*base, "Policies"), _mapping(holder)["Policies"]
    return (), None


def _trace_policies(
    found: dict[Path_, int],
    lines: Mapping[Path_, int],
    logical_id: str,
    body: Any,
    policies: tuple[Path_, Any],
) -> Iterator[Path_]:
    """Note the lines of a generated role's policies, whose order is not that of ``Policies``; yield the fixed ones."""
    base, written = policies
    properties, place = _mapping(_mapping(body).get("Properties")), ("Resources", logical_id, "Properties")
    if base not in lines or _mapping(body).get("Type") != "AWS::IAM::Role":
        return
    for key in ("Policies", "ManagedPolicyArns"):
        listed = properties.get(key)
        for index, policy in enumerate(listed if isinstance(listed, list) else ()):
            source = _position(policy, written, f"{logical_id}Policy")
            if source is None:
                continue
            start: Path_ = (*base, source) if isinstance(written, list) else base
            origin = written[source] if isinstance(written, list) and source < len(written) else written
            if isinstance(origin, Mapping) and "Statement" not in origin and isinstance(policy, Mapping):
                yield (*place, key, index)
            found[*place, key, index] = lines.get(start, lines[base])
            for path in _walk(_mapping(policy).get("PolicyDocument"), ()):
                if (*start, *path) in lines:
                    found[*place, key, index, "PolicyDocument", *path] = lines[*start, *path]


def _position(policy: Any, written: Any, prefix: str) -> int | None:
    """Return which of the written policies became one of a role's."""
    if isinstance(policy, str):
        names = written if isinstance(written, list) else [written]
        return next(
            (
                n
                for n, name in enumerate(names)
                if isinstance(name, str) and policy.split("/")[-1] == name.split("/")[-1]
            ),
            None,
        )
    number = str(_mapping(policy).get("PolicyName")).removeprefix(prefix)
    return int(number) if number.isdecimal() else None


def _line(lines: Mapping[Path_, int], base: Path_) -> int | None:
    """Return the line of what holds some properties."""
    return lines.get(base[:-1] if base[-1] == "Properties" else base)


def _candidates(path: Path_, bases: Sequence[Path_]) -> Iterator[Path_]:
    head, rest = str(path[0]), path[1:]
    if head in ("Policies", "ManagedPolicyArns"):
        return
    for base in bases:
        yield (*base, *path)
    for name in _RENAMED.get(head, ()):
        for base in bases:
            yield (*base, name, *rest)
            yield (*base, name)


def _walk(value: Any, path: Path_) -> Iterator[Path_]:
    if path:
        yield path
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index))
