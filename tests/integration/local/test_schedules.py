"""EventBridge Scheduler: its API by boto3 and the AWS CLI, under IAM, and what it fires."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import httpx
import pytest
import pytest_asyncio
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.integration.local._aws import REGION, assembly

from cumulo.local import cloud as local_cloud
from cumulo.local import stacks
from cumulo.local.clock import Clock
from cumulo.local.emulator.process import Credentials, Emulator
from cumulo.local.entries import Entry
from cumulo.local.invoking import InvocationResult
from cumulo.local.place import Place
from cumulo.local.schedules import service
from cumulo.local.schedules.service import Schedules
from cumulo.local.world import World
from cumulo.synth import synthesize_project

DAY = 86_400.0
OFF = {"Mode": "OFF"}


def allow(action: str, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role(service_: str, *statements: dict[str, Any]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service_}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": document}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def function(handler: str, role_: str) -> dict[str, Any]:
    code = {"Code": {"ZipFile": "x"}, "Runtime": "python3.11", "Timeout": 10}
    properties = {"FunctionName": handler.rpartition(".")[2], "Handler": handler, "Role": arn(role_), **code}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


GROUP = {"Fn::Sub": "arn:aws:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${Group}/*"}
PASSED = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
DAILY = {
    "GroupName": {"Ref": "Group"},
    "ScheduleExpression": "cron(0 9 * * ? *)",
    "FlexibleTimeWindow": OFF,
    "Target": {"Arn": arn("Remind"), "RoleArn": arn("Scheduler"), "Input": '{"daily": true}'},
}
TEMPLATE = {
    "Resources": {
        "Plain": role("lambda.amazonaws.com", allow("logs:PutLogEvents", "*")),
        "Maker": role(
            "lambda.amazonaws.com",
            allow("scheduler:CreateSchedule", GROUP),
            allow("iam:PassRole", arn("Scheduler"), Condition=PASSED),
        ),
        "Scheduler": role(
            "scheduler.amazonaws.com",
            allow("lambda:InvokeFunction", arn("Remind")),
            allow("sqs:SendMessage", arn("Lost")),
        ),
        "Remind": function("functions.remind", "Plain"),
        "Make": function("functions.make", "Maker"),
        "Lost": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "lost"}},
        "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "reminders"}},
        "Daily": {"Type": "AWS::Scheduler::Schedule", "Properties": DAILY},
    },
    "Outputs": {
        name: {"Value": arn(name)} for name in ("Remind", "Make", "Scheduler", "Maker", "Plain", "Lost", "Daily")
    },
}
FUNCTIONS = """
import boto3

def remind(event, context):
    print("reminded", event)

def make(event, context):
    return boto3.client("scheduler").create_schedule(**event)["ScheduleArn"]
"""


@dataclass
class Bench:
    """A scheduler over the real emulator; its functions are a list."""

    emulator: Emulator
    place: Place
    clock: Clock
    world: World
    schedules: Schedules
    events: list[Any] = field(default_factory=list)
    journal: list[Entry] = field(default_factory=list)

    async def invoke(self, _function: str, payload: bytes) -> InvocationResult:
        self.events.append(json.loads(payload))
        return InvocationResult("request", b"null", None, 1.0)

    def client(self, credentials: Credentials | None = None) -> Any:
        who = credentials or self.emulator.root_credentials(self.place.account)
        return boto3.client(
            "scheduler",
            endpoint_url=self.schedules.endpoint,
            region_name=REGION,
            aws_access_key_id=who.access_key,
            aws_secret_access_key=who.secret_key,
            aws_session_token=who.session_token,
            config=Config(retries={"max_attempts": 1}),
        )

    @property
    def outputs(self) -> dict[str, str]:
        return dict(self.world.outputs["app"])

    def request(self, name: str, expression: str, **more: Any) -> dict[str, Any]:
        target = {"Arn": self.outputs["Remind"], "RoleArn": self.outputs["Scheduler"], "Input": '{"n": 1}'}
        target.update(more.pop("Target", {}))
        base = {"Name": name, "GroupName": "reminders", "ScheduleExpression": expression, "FlexibleTimeWindow": OFF}
        return {**base, "Target": target, **more}


@pytest_asyncio.fixture(loop_scope="session")
async def bench(emulator: Emulator, account: str, tmp_path: Path) -> AsyncIterator[Bench]:
    made = assembly(tmp_path / "assembly", app=TEMPLATE)
    world = await stacks.deploy(made, emulator, account=account, region=REGION)
    place = Place(project=tmp_path, state=tmp_path / "state", account=account, region=REGION)
    clock = Clock()
    bench = Bench(emulator, place, clock, world, None)  # type: ignore[arg-type]
    bench.schedules = await service.start(place, emulator=emulator, clock=clock, invoker=bench, recorder=bench.journal)
    bench.schedules.update(world)
    try:
        yield bench
    finally:
        await bench.schedules.stop()


async def call(operation: Callable[..., Any], **arguments: Any) -> Any:
    return await asyncio.to_thread(lambda: operation(**arguments))


async def refusal(operation: Callable[..., Any], **arguments: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        await call(operation, **arguments)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_schedule_is_made_read_changed_and_deleted(bench) -> None:
    client = bench.client()
    made = await call(client.create_schedule, **bench.request("one", "at(2090-01-01T09:00:00)", Description="d"))
    assert made["ScheduleArn"].endswith(f":{bench.place.account}:schedule/reminders/one")
    read = await call(client.get_schedule, Name="one", GroupName="reminders")
    assert (read["Arn"], read["Description"]) == (made["ScheduleArn"], "d")
    assert read["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    await call(client.update_schedule, **bench.request("one", "rate(5 days)", State="DISABLED"))
    read = await call(client.get_schedule, Name="one", GroupName="reminders")
    assert (read["ScheduleExpression"], read["State"], "Description" in read) == ("rate(5 days)", "DISABLED", False)
    await call(client.delete_schedule, Name="one", GroupName="reminders")
    status, code, _ = await refusal(client.get_schedule, Name="one", GroupName="reminders")
    assert (status, code) == (404, "ResourceNotFoundException")


async def test_the_same_token_makes_one_schedule_and_another_one_conflicts(bench) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    client = bench.client()
    request = bench.request("one", "at(2090-01-01T09:00:00)")
    first = await call(client.create_schedule, **request, ClientToken="t")
    assert (await call(client.create_schedule, **request, ClientToken="t"))["ScheduleArn"] == first["ScheduleArn"]
    assert (await refusal(client.create_schedule, **request))[:2] == (409, "ConflictException")
    changed = bench.request("one", "at(2091-01-01T09:00:00)")
    assert (await refusal(client.create_schedule, **changed, ClientToken="t"))[:2] == (409, "ConflictException")


async def test_pages(bench) -> None:
    client = bench.client()
    for number in range(5):
        await call(client.create_schedule, **bench.request(f"s{number}", "rate(5 days)"))
    found = []
    pages = client.get_paginator("list_schedules").paginate(
        GroupName="reminders", NamePrefix="s", PaginationConfig={"PageSize": 2}
    )
    for page in await asyncio.to_thread(lambda: [*pages]):
        assert len(page["Schedules"]) <= 2
        found += [schedule["Name"] for schedule in page["Schedules"]]
    assert found == ["s0", "s1", "s2", "s3", "s4"]
    assert (await refusal(client.list_schedules, NextToken="nonsense"))[:2] == (400, "ValidationException")


async def test_groups_and_their_tags(bench) -> None:
    client = bench.client()
    made = await call(client.create_schedule_group, Name="g", Tags=[{"Key": "a", "Value": "1"}])
    await call(client.tag_resource, ResourceArn=made["ScheduleGroupArn"], Tags=[{"Key": "b", "Value": "2"}])
    await call(client.untag_resource, ResourceArn=made["ScheduleGroupArn"], TagKeys=["a"])
    tags = await call(client.list_tags_for_resource, ResourceArn=made["ScheduleGroupArn"])
    assert tags["Tags"] == [{"Key": "b", "Value": "2"}]
    assert (await refusal(client.create_schedule_group, Name="g"))[:2] == (409, "ConflictException")
    names = [group["Name"] for group in (await call(client.list_schedule_groups))["ScheduleGroups"]]
    assert names == ["default", "g", "reminders"]
    await call(client.create_schedule, **bench.request("one", "rate(5 days)", GroupName="g"))
    await call(client.delete_schedule_group, Name="g")
    assert (await refusal(client.get_schedule_group, Name="g"))[:2] == (404, "ResourceNotFoundException")
    assert (await refusal(client.get_schedule, Name="one", GroupName="g"))[:2] == (404, "ResourceNotFoundException")
    assert (await refusal(client.delete_schedule_group, Name="default"))[:2] == (400, "ValidationException")


async def test_bad_requests_are_answered_as_aws_does(bench) -> None:
    client = bench.client()
    for request, expected in [
        (bench.request("p", "at(2020-01-01T00:00:00)"), (400, "ValidationException")),
        (bench.request("p", "cron(0 9 * * * *)"), (400, "ValidationException")),
        (bench.request("p", "rate(1 day)", ScheduleExpressionTimezone="Mars/X"), (400, "ValidationException")),
        (bench.request("p p", "rate(1 day)"), (400, "ValidationException")),
        (bench.request("p", "rate(1 day)", GroupName="none"), (404, "ResourceNotFoundException")),
        (bench.request("p", "rate(1 day)", Target={"RoleArn": bench.outputs["Plain"]}), (400, "ValidationException")),
    ]:
        assert (await refusal(client.create_schedule, **request))[:2] == expected


async def test_a_caller_is_held_to_its_roles_policies(bench) -> None:
    maker = await bench.emulator.credentials(bench.outputs["Maker"], bench.place.account)
    client = bench.client(maker)
    await call(client.create_schedule, **bench.request("one", "rate(5 days)"))
    for operation, request, action in [
        (client.create_schedule, bench.request("two", "rate(5 days)", GroupName="default"), "CreateSchedule"),
        (client.delete_schedule, {"Name": "one", "GroupName": "reminders"}, "DeleteSchedule"),
        (client.list_schedules, {}, "ListSchedules"),
        (client.create_schedule_group, {"Name": "g"}, "CreateScheduleGroup"),
    ]:
        status, code, message = await refusal(operation, **request)
        assert (status, code) == (403, "AccessDeniedException")
        assert f"is not authorized to perform: scheduler:{action} on resource: " in message


async def test_a_caller_may_hand_over_its_one_role_only(bench) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/security_iam_id-based-policies.html"""
    maker = await bench.emulator.credentials(bench.outputs["Maker"], bench.place.account)
    request = bench.request("one", "rate(5 days)", Target={"RoleArn": bench.outputs["Plain"]})
    status, code, message = await refusal(bench.client(maker).create_schedule, **request)
    assert (status, code) == (403, "AccessDeniedException")
    assert "iam:PassRole" in message


@pytest.mark.parametrize("wrong", ["key", "token", "unsigned"])
async def test_a_caller_that_is_not_known_is_refused(bench, wrong) -> None:
    if wrong == "unsigned":
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{bench.schedules.endpoint}/schedules")).status_code == 403
        return
    maker = await bench.emulator.credentials(bench.outputs["Maker"], bench.place.account)
    bad = Credentials("AKIAXXXXXXXXXXXXXXXX", "x") if wrong == "key" else Credentials(maker.access_key, "x", "other")
    assert (await refusal(bench.client(bad).list_schedules))[0] == 403


@pytest.mark.parametrize(
    "headers", [{"host": "attacker.example"}, {"origin": "https://attacker.example"}, {"sec-fetch-site": "cross-site"}]
)
async def test_web_pages_are_refused(bench, headers) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={bench.place.account}/20260101/{REGION}/scheduler/aws4_request, Signed"
    async with httpx.AsyncClient(headers={"authorization": signed}) as client:
        assert (await client.get(f"{bench.schedules.endpoint}/schedules")).status_code == 200
        answer = await client.get(f"{bench.schedules.endpoint}/schedules", headers=headers)
    assert answer.status_code == 403
    assert "may not call" in answer.text or "not served" in answer.text


@pytest.mark.parametrize(
    "body", [b"[", b"[]", b"5", b'{"Target": 5}', b"[" * 100_000, b'{"ClientToken": []}', b"x" * 2_000_000]
)
async def test_hostile_bodies_are_refused(bench, body) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={bench.place.account}/20260101/{REGION}/scheduler/aws4_request, Signed"
    async with httpx.AsyncClient(headers={"authorization": signed}) as client:
        answer = await client.post(f"{bench.schedules.endpoint}/schedules/one", content=body)
        assert 400 <= answer.status_code < 500
        assert (await client.get(f"{bench.schedules.endpoint}/schedules")).status_code == 200


async def test_the_aws_cli_works(bench) -> None:
    root = bench.emulator.root_credentials(bench.place.account)
    environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": REGION, **root.environment()}
    command = [*(sys.executable, "-m", "awscli", "scheduler", "get-schedule-group"), "--name", "reminders"]
    done = await asyncio.to_thread(
        lambda: subprocess.run(
            [*command, "--endpoint-url", bench.schedules.endpoint], env=environment, capture_output=True, check=False
        )
    )
    assert json.loads(done.stdout)["State"] == "ACTIVE", done.stderr


async def test_the_target_is_invoked_with_the_schedules_role_and_no_more(bench) -> None:
    client = bench.client()
    dead = {"DeadLetterConfig": {"Arn": bench.outputs["Lost"]}}
    first, second = (f"at(2090-01-01T09:00:0{second})" for second in range(2))
    await call(client.create_schedule, **bench.request("good", first, Target=dead, ActionAfterCompletion="DELETE"))
    bad = {**dead, "Arn": bench.outputs["Make"]}
    await call(client.create_schedule, **bench.request("bad", second, Target=bad, ActionAfterCompletion="DELETE"))
    await call(client.delete_schedule, Name=bench.outputs["Daily"].rpartition("/")[2], GroupName="reminders")
    await bench.clock.advance(70 * 365 * DAY)
    assert bench.events == [{"n": 1}]
    fired, refused = (entry.text for entry in bench.journal)
    assert fired == "fired: remind"
    assert "not authorized to perform: lambda:InvokeFunction" in refused
    assert refused.endswith("it is in the dead-letter queue lost")
    assert (await call(client.list_schedules))["Schedules"] == []


async def test_what_templates_declare_is_followed_and_the_rest_stays(bench, tmp_path) -> None:
    client = bench.client()
    name = bench.outputs["Daily"].rpartition("/")[2]
    await call(client.create_schedule, **bench.request("mine", "rate(5 days)"))
    await bench.clock.advance(2 * DAY)
    assert bench.events == [{"n": 1}, {"daily": True}, {"daily": True}]
    changed = {
        **TEMPLATE["Resources"],
        "Daily": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {**DAILY, "ScheduleExpression": "cron(30 9 * * ? *)"},
        },
    }
    for resources, expected in [
        (changed, {name: "cron(30 9 * * ? *)", "mine": "rate(5 days)"}),
        ({key: value for key, value in changed.items() if key != "Daily"}, {"mine": "rate(5 days)"}),
    ]:
        outputs = {key: value for key, value in TEMPLATE["Outputs"].items() if key != "Daily"}
        made = assembly(tmp_path / f"assembly-{len(resources)}", app={"Resources": resources, "Outputs": outputs})
        world = await stacks.deploy(made, bench.emulator, account=bench.place.account, region=REGION)
        bench.schedules.update(world)
        found = (await call(client.list_schedules, GroupName="reminders"))["Schedules"]
        reads = [await call(client.get_schedule, Name=each["Name"], GroupName="reminders") for each in found]
        assert {each["Name"]: each["ScheduleExpression"] for each in reads} == expected


async def test_a_due_schedule_fires_within_a_second_of_real_time(bench) -> None:
    bench.clock.start()
    try:
        await call(bench.client().create_schedule, **bench.request("now", "rate(1 day)"))
        async with asyncio.timeout(10):
            while not bench.events:
                await asyncio.sleep(0.02)
    finally:
        await bench.clock.stop()
    entry = bench.journal[0]
    read = await call(bench.client().get_schedule, Name="now", GroupName="reminders")
    assert entry.time - read["CreationDate"].timestamp() < 2.0  # a rate begins at the next full second


async def test_a_function_makes_a_schedule_that_outlives_a_restart(tmp_path) -> None:
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    made = assembly(tmp_path / "assembly", app=TEMPLATE)
    place = Place(project=tmp_path, state=tmp_path / "state", region=REGION)
    cloud = await local_cloud.start(lambda: made, place)
    try:
        outputs = cloud.outputs["app"]
        target = {"Arn": outputs["Remind"], "RoleArn": outputs["Scheduler"], "Input": '{"batch": 7}'}
        request = {"Name": "one", "GroupName": "reminders", "FlexibleTimeWindow": OFF, "Target": target}
        soon = datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(days=3)
        at = {"ScheduleExpression": f"at({soon:%Y-%m-%dT%H:%M:%S})", "ScheduleExpressionTimezone": "Asia/Tokyo"}
        result = await cloud.invoke("make", json.dumps({**request, **at}).encode())
        assert result.error is None, result.payload
    finally:
        await cloud.stop()
    cloud = await local_cloud.start(lambda: made, place)
    try:
        await cloud.advance(4 * DAY)
        lines = [entry.text for entry in cloud.journal.entries() if entry.kind == "log"]
    finally:
        await cloud.stop()
    assert lines.count("reminded {'batch': 7}") == 1
    assert lines.count("reminded {'daily': True}") == 4


APP = """
from cumulo import App, Function, Queue, Schedule, ScheduleGroup, Stack, minutes


class Reminders(Stack):
    def __init__(self, app):
        super().__init__(app, "reminders")
        remind = Function(self, "remind", handler="functions.remind")
        group = ScheduleGroup(self, "reminders")
        lost = Queue(self, "lost", tries=None)
        link = group.schedule(remind, retries=1, max_age=minutes(30), dead_letters=lost)
        Function(self, "change", handler="functions.change", links=[link])
        Schedule(self, "weekly", "cron(0 9 ? * MON *)", target=remind, timezone="Europe/Berlin", payload="weekly",
                 retries=1, max_age=minutes(30), dead_letters=lost)


def app(stage):
    app = App("corner", stage)
    Reminders(app)
    return app
"""
LINKED = """
from cumulo.runtime import linked


def remind(event, context):
    print("reminded", event)
    if event == "bad":
        raise ValueError("bad")


def change(event, context):
    reminders = linked.schedules("reminders")
    for name in event.get("remove", ()):
        reminders.remove(name)
    return [reminders.put(**arguments) for arguments in event.get("put", ())]
"""


async def test_what_the_constructs_declare_works_under_the_very_policies_that_ship(tmp_path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cumulo]\n")
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "functions.py").write_text(LINKED)
    place = Place(project=tmp_path, state=None, region=REGION)
    cloud = await local_cloud.start(lambda: synthesize_project(tmp_path, "dev"), place)
    try:
        at = (datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")

        async def change(**event: Any) -> Any:
            result = await cloud.invoke("change", json.dumps(event).encode())
            assert result.error is None, result.payload
            return json.loads(result.payload)

        await cloud.remember()
        one = {"name": "one", "at": at, "zone": "Asia/Tokyo", "payload": {"n": 1}}
        assert await change(put=[one]) == await change(put=[{**one, "payload": {"n": 2}}])
        await change(put=[{**one, "name": "gone"}], remove=["none"])
        await change(remove=["gone"], put=[{**one, "name": "fails", "payload": "bad"}])
        await cloud.advance(2 * DAY)
        lines = [entry.text for entry in cloud.journal.entries() if entry.kind == "log"]
        assert sorted(line for line in lines if line.startswith("reminded") and "weekly" not in line) == [
            "reminded bad",
            "reminded bad",
            "reminded {'n': 2}",
        ]
        [message] = await cloud.messages("lost")
        assert json.loads(message["Body"])["requestContext"]["condition"] == "RetriesExhausted"
        await cloud.reset()
        await change(put=[one])
        await cloud.reset()
        await cloud.advance(2 * DAY)
        assert "reminded {'n': 1}" not in [entry.text for entry in cloud.journal.entries()]
        await cloud.advance(7 * DAY)
        assert "reminded weekly" in [entry.text for entry in cloud.journal.entries()]
    finally:
        await cloud.stop()
