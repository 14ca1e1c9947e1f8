"""CloudWatch Logs: paging, following without a line twice, request ids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from cumulo import App, HttpApi, Stack, Stage
from cumulo.assembly import Assembly, StackArtifact
from cumulo.observe.lines import Query
from cumulo.observe.remote_logs import RemoteLogs, access_log_groups, log_groups, physical_ids
from cumulo.synth import synthesize

ID = "11111111-2222-3333-4444-555555555555"


def client(service: str) -> Any:
    return boto3.client(
        service,
        region_name="eu-central-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"max_attempts": 0}),
    )


def event(number: int, message: str | None = None, stream: str = "s") -> dict[str, Any]:
    return {"eventId": str(number), "timestamp": 1_000_000 + number, "message": message or f"m{number}\n",
            "logStreamName": stream}  # fmt: skip


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    logs = client("logs")
    with Stubber(logs) as stubber:
        yield logs, stubber
        stubber.assert_no_pending_responses()


def test_pages_are_read_to_the_end_and_groups_merged_by_time(stubbed: tuple[Any, Stubber]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
    logs, stubber = stubbed
    first = {"logGroupName": "/g/a", "startTime": 1_000_000}
    stubber.add_response("filter_log_events", {"events": [event(1)], "nextToken": "t"}, first)
    stubber.add_response("filter_log_events", {"events": [event(3)]}, {"logGroupName": "/g/b", "startTime": 1_000_000})
    stubber.add_response("filter_log_events", {"events": [event(4)]}, {**first, "nextToken": "t"})
    lines = RemoteLogs(logs, {"a": "/g/a", "b": "/g/b"}).read(Query(since=1_000))
    assert [(line.function, line.text) for line in lines] == [("a", "m1"), ("b", "m3"), ("a", "m4")]


def test_a_group_that_does_not_exist_yet_has_no_lines(stubbed: tuple[Any, Stubber]) -> None:
    logs, stubber = stubbed
    stubber.add_client_error("filter_log_events", "ResourceNotFoundException")
    assert list(RemoteLogs(logs, {"a": "/g/a"}).read(Query(since=1_000))) == []


def test_following_gives_late_events_and_none_twice(stubbed: tuple[Any, Stubber]) -> None:
    logs, stubber = stubbed
    for numbers in ([1, 50_000], [49_000, 50_000], [49_000, 50_000, 50_001]):
        stubber.add_response("filter_log_events", {"events": [event(number) for number in numbers]})
    following = RemoteLogs(logs, {"a": "/g/a"}, sleep=lambda seconds: None).follow(Query(since=1_000))
    assert [line.text for line in islice(following, 4)] == ["m1", "m50000", "m49000", "m50001"]


def test_request_ids_come_from_the_line_or_from_its_stream(stubbed: tuple[Any, Stubber]) -> None:
    logs, stubber = stubbed
    messages = [
        (f"START RequestId: {ID} Version: $LATEST\n", "s"),
        ("printed\n", "s"),
        ("other stream\n", "t"),
        ('{"level": "ERROR", "function_request_id": "own"}\n', "s"),
        (f"REPORT RequestId: {ID}\tDuration: 1 ms\n", "s"),
        (f"2026-11-21T10:00:00.000Z {ID} Task timed out after 3.00 seconds\n", "u"),
    ]
    events = [event(number, message, stream) for number, (message, stream) in enumerate(messages)]
    stubber.add_response("filter_log_events", {"events": events})
    lines = RemoteLogs(logs, {"a": "/g/a"}).read(Query(since=1_000))
    assert [line.request_id for line in lines] == [ID, ID, None, "own", ID, ID]


def test_log_groups_from_templates_and_from_the_stack_where_names_are_generated() -> None:
    named = {
        "Named": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": "items-dev-a", "LoggingConfig": {"LogGroup": {"Ref": "Group"}}},
        },
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/own/a"}},
    }
    generated = {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {}}}
    stacks = tuple(
        StackArtifact(id=name, name=f"items-dev-{name}", template={"Resources": resources})
        for name, resources in (("one", named), ("two", generated))
    )
    assembly = Assembly(Path(), Path(), "items", "dev", False, None, None, "3.11", stacks)
    cloudformation = client("cloudformation")
    summary = {
        "LogicalResourceId": "Fn",
        "PhysicalResourceId": "two-Fn-X1",
        "ResourceType": "AWS::Lambda::Function",
        "LastUpdatedTimestamp": datetime(2026, 11, 21, tzinfo=UTC),
        "ResourceStatus": "CREATE_COMPLETE",
    }
    with Stubber(cloudformation) as stubber:
        stubber.add_response(
            "list_stack_resources", {"StackResourceSummaries": [summary]}, {"StackName": "items-dev-two"}
        )
        groups = log_groups(assembly, lambda stack: physical_ids(cloudformation, stack))
    assert groups == {"items-dev-a": "/own/a", "two-Fn-X1": "/aws/lambda/two-Fn-X1"}


def test_the_access_log_of_an_api_is_read_when_it_is_named(stubbed: tuple[Any, Stubber]) -> None:
    logs, stubber = stubbed
    remote = RemoteLogs(logs, {"a": "/g/a"}, {"api": "/g/api"})
    for group in ("/g/a", "/g/api"):
        stubber.add_response(
            "filter_log_events", {"events": [event(1)]}, {"logGroupName": group, "startTime": 1_000_000}
        )
    assert (remote.functions(), remote.apis()) == (["a"], ["api"])
    assert [line.function for line in remote.read(Query(since=1_000))] == ["a"]
    assert [line.function for line in remote.read(Query(functions=("api",), since=1_000))] == ["api"]


def test_access_log_groups_by_the_apis_name(tmp_path: Path) -> None:
    app = App("shop", Stage("dev"))
    HttpApi(Stack(app, "api"), "web")
    assert access_log_groups(synthesize(app, tmp_path, tmp_path / "out")) == {
        "shop-dev-web": "/aws/http-api/shop-dev-web"
    }
