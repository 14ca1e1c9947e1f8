"""The log lines of a deployed stage: those in CloudWatch Logs."""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cumulo.assembly import Assembly, StackArtifact
from cumulo.errors import CumuloError
from cumulo.observe.lines import LogLine, Query, fields_of, level_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_logs import CloudWatchLogsClient

_LATE = 30_000  # ms that an event may take to be found: so far back each look begins
_STARTED = re.compile(r"^START RequestId: ([\w-]+)")
_ENDED = re.compile(r"^(?:END|REPORT) RequestId: ([\w-]+)")
_TEXT_LINE = re.compile(r"^\[\w+\]\t\S+\t([\w-]{36})\t")
_TASK = re.compile(r"^\S+ ([\w-]{36}) Task timed out")


class RemoteLogs:
    """Reads the log groups of deployed functions.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html

    Parameters
    ----------
    client
        boto3's client for CloudWatch Logs.
    groups
        The functions' log groups by function name, see :func:`log_groups`.
    access
        The APIs' access log groups by API name, see :func:`access_log_groups`.
    interval
        Seconds between two looks while following.
    sleep
        How to wait.
    """

    def __init__(
        self,
        client: CloudWatchLogsClient,
        groups: Mapping[str, str],
        access: Mapping[str, str] | None = None,
        *,
        interval: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._groups, self._access = client, groups, access or {}
        self._interval, self._sleep = interval, sleep

    def functions(self) -> Sequence[str]:
        """Return the names of the functions that are known."""
        return sorted(self._groups)

    def apis(self) -> Sequence[str]:
        """Return the names of the APIs that have an access log."""
        return sorted(self._access)

    def read(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, oldest first, those of all functions in one order."""
        parts = [
            self._lines(function, self._events(group, _milliseconds(query.since)), {})
            for function, group in self._wanted(query)
        ]
        return (line for line in heapq.merge(*parts, key=lambda line: line.time) if query.takes(line))

    def follow(self, query: Query) -> Iterator[LogLine]:
        """Yield the lines that there are, then new ones as they come, for ever, none of them twice."""
        tails = [_Tail(self, function, group, query) for function, group in self._wanted(query)]
        while True:
            lines = sorted((line for tail in tails for line in tail.look()), key=lambda line: line.time)
            yield from (line for line in lines if query.takes(line))
            self._sleep(self._interval)

    def _wanted(self, query: Query) -> list[tuple[str, str]]:
        if not query.functions:
            return list(self._groups.items())
        return [
            (name, group) for name, group in (*self._groups.items(), *self._access.items()) if name in query.functions
        ]

    def _events(self, group: str, start: int) -> Iterator[Mapping[str, Any]]:
        """Yield the events of a group in the order of time; a group that does not exist yet has none."""
        try:
            for page in self._client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start):
                yield from page["events"]
        except self._client.exceptions.ResourceNotFoundException:
            return

    def _lines(self, function: str, events: Iterator[Mapping[str, Any]], running: dict[str, str]) -> Iterator[LogLine]:
        """Make lines of events; ``running`` holds the invocation that each log stream is in."""
        for event in events:
            text = str(event["message"]).rstrip("\r\n")
            stream = str(event.get("logStreamName", ""))
            request_id = _request_id(text, stream, running)
            yield LogLine(event["timestamp"] / 1000, function, text, level_of(text), request_id)


class _Tail:
    """The end of one log group, looked at again and again."""

    def __init__(self, logs: RemoteLogs, function: str, group: str, query: Query) -> None:
        self._logs, self._function, self._group = logs, function, group
        self._newest = _milliseconds(query.since)
        self._start = self._newest
        self._seen: dict[str, int] = {}
        self._running: dict[str, str] = {}

    def look(self) -> list[LogLine]:
        """Return the lines that were not there at the last look."""
        events = [event for event in self._logs._events(self._group, self._start) if event["eventId"] not in self._seen]
        self._seen.update({event["eventId"]: event["timestamp"] for event in events})
        self._newest = max([self._newest, *(event["timestamp"] for event in events)])
        # Streams are written side by side: an event may come that is older than the newest seen.
        self._start = max(self._start, self._newest - _LATE)
        self._seen = {id_: at for id_, at in self._seen.items() if at >= self._start}
        return list(self._logs._lines(self._function, iter(events), self._running))


def log_groups(assembly: Assembly, physical: Callable[[StackArtifact], Mapping[str, str]]) -> dict[str, str]:
    """Return the log group of each function of an assembly, by the function's name.

    Parameters
    ----------
    assembly
        The assembly that was deployed.
    physical
        Gives the physical ids of a stack's resources by their logical ids; asked only for stacks whose template does
        not say a name in plain text. See :func:`physical_ids`.
    """
    groups = {}
    for stack in assembly.stacks:
        resources = stack.resources
        functions = {id_: one for id_, one in resources.items() if one.get("Type") == "AWS::Lambda::Function"}
        names = {id_: str(one["Properties"]["FunctionName"]) for id_, one in functions.items() if _plain(one)}
        if len(names) < len(functions):
            names = {**physical(stack), **names}
        for id_, function in functions.items():
            if id_ in names:
                groups[names[id_]] = _log_group(function.get("Properties", {}), names[id_], resources)
    return groups


def access_log_groups(assembly: Assembly) -> dict[str, str]:
    """Return the access log group of each HTTP API of an assembly, by the API's name; plain names only."""
    groups = {}
    for stack in assembly.stacks:
        for resource in stack.resources.values():
            match resource:
                case {
                    "Type": "AWS::ApiGatewayV2::Stage",
                    "Properties": {
                        "ApiId": {"Ref": api},
                        "AccessLogSettings": {"DestinationArn": {"Fn::GetAtt": [group, "Arn"]}},
                    },
                }:
                    name = stack.resources[api]["Properties"].get("Name")
                    log_group = stack.resources[group].get("Properties", {}).get("LogGroupName")
                    if isinstance(name, str) and isinstance(log_group, str):
                        groups[name] = log_group
    return groups


def physical_ids(client: CloudFormationClient, stack: StackArtifact) -> dict[str, str]:
    """Return the physical ids of a deployed stack's resources by their logical ids.

    Raises
    ------
    CumuloError
        When the stack is not deployed.
    """
    try:
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
        return {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for page in pages
            for resource in page["StackResourceSummaries"]
        }
    except client.exceptions.ClientError as problem:
        raise CumuloError(
            str(problem), where=f"stack {stack.name!r}", hint="deploy the stage first: `cumulo deploy`"
        ) from None


def _plain(function: Mapping[str, Any]) -> bool:
    return isinstance(function.get("Properties", {}).get("FunctionName"), str)


def _log_group(properties: Mapping[str, Any], name: str, resources: Mapping[str, Mapping[str, Any]]) -> str:
    group = (properties.get("LoggingConfig") or {}).get("LogGroup")
    if isinstance(group, dict) and "Ref" in group:
        group = resources.get(group["Ref"], {}).get("Properties", {}).get("LogGroupName")
    return group if isinstance(group, str) else f"/aws/lambda/{name}"


def _request_id(text: str, stream: str, running: dict[str, str]) -> str | None:
    """Return the invocation of a line: what it says itself, or else what the stream is in."""
    started = _STARTED.match(text)
    if started:
        running[stream] = started[1]
        return started[1]
    own = _ENDED.match(text) or _TEXT_LINE.match(text) or _TASK.match(text)
    if own:
        return own[1]
    fields = fields_of(text) or {}
    named = fields.get("function_request_id") or fields.get("requestId") or fields.get("AWSRequestId")
    return str(named) if named else running.get(stream)


def _milliseconds(seconds: float | None) -> int:
    return int((time.time() - 600 if seconds is None else seconds) * 1000)
