"""The moved clock as the whole local cloud sees it: functions, data services, queues, the gateway and the journal."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cumulo.local import clock_file
from cumulo.local import cloud as local_cloud
from cumulo.local.cloud import Cloud

from ._aws import client
from ._cloud import ACCOUNT, browser, place, synthesizer, write_project

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = 86_400.0
APP = """
from cumulo import App, Function, HttpApi, Queue, Stack, Table, seconds


def app(stage):
    app = App("corner", stage)
    shop = Stack(app, "shop")
    notes = Table(shop, "notes", partition_key="PK")
    orders = Queue(shop, "orders", visibility=seconds(60))
    tell = Function(shop, "tell", handler="functions.tell")
    Function(shop, "write", handler="functions.write", links=[notes.put()])
    Function(shop, "sign", handler="functions.sign", timeout=seconds(10))
    Function(shop, "send", handler="functions.send", links=[orders.send()])
    orders.consume(Function(shop, "take", handler="functions.take", timeout=seconds(5)))
    HttpApi(shop, "api").route("GET /tell", tell, authorizer=None)
    return app
"""
FUNCTIONS = """
import datetime
import os
import time

import boto3

BORN = time.time()


def tell(event, context):
    left = context.get_remaining_time_in_millis()
    now = time.time()
    said = datetime.datetime.now(datetime.UTC).timestamp()
    print("told")
    return {"now": now, "said": said, "left": left, "born": BORN, "pid": os.getpid(), "monotonic": time.monotonic()}


def write(event, context):
    boto3.resource("dynamodb").Table(os.environ["NOTES_TABLE_NAME"]).put_item(Item={"PK": event})


def sign(event, context):
    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    return s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "kefir"}, ExpiresIn=3600)


def send(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["ORDERS_QUEUE_URL"], MessageBody=str(time.time()))


def take(event, context):
    for record in event["Records"]:
        print(f"taken {time.time() - float(record['body']):.1f} s after it was sent")
"""


class Calls:
    """An agenda that invokes a function at times."""

    def __init__(self, cloud: Cloud, function: str, *times: float) -> None:
        self.cloud, self.function = cloud, function
        self.times = sorted(times)
        self.answers: list[Any] = []

    def next_due(self) -> float:
        return self.times[0] if self.times else math.inf

    async def run_due(self, now: float) -> None:
        assert self.times.pop(0) == now
        result = await self.cloud.invoke(self.function, b"{}")
        self.answers.append(json.loads(result.payload))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = write_project(tmp_path_factory.mktemp("shared") / "corner")
    (project / "app.py").write_text(APP)
    (project / "functions.py").write_text(FUNCTIONS)
    return project


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(project: Path) -> AsyncIterator[Cloud]:
    cloud = await local_cloud.start(synthesizer(project), place(project))
    await cloud.remember()
    yield cloud
    await cloud.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def cloud(running: Cloud) -> Cloud:
    """The shared system, as new."""
    await running.reset()
    return running


@pytest.fixture
def s3(running: Cloud) -> Iterator[Any]:
    """S3 as the root sees it that signs at real time, as an AWS CLI in a terminal does."""
    with closing(client("s3", running.emulator, running.emulator.root_credentials(ACCOUNT))) as s3:
        yield s3


async def ask(cloud: Cloud, function: str, event: Any = None) -> Any:
    result = await cloud.invoke(function, json.dumps(event).encode())
    assert result.error is None, result.payload
    return json.loads(result.payload)


async def test_a_function_sees_the_moved_time_and_as_much_of_its_own_time_as_before(cloud: Cloud) -> None:
    before = await ask(cloud, "tell")
    assert before["now"] == pytest.approx(time.time(), abs=2)
    for days in (1, 4, 0.01):  # the worker stays, as its credentials are good for a week
        await cloud.advance(days * DAY)
        told = await ask(cloud, "tell")
        assert told["now"] == pytest.approx(cloud.clock.now(), abs=2)
        assert told["said"] == pytest.approx(told["now"], abs=0.1)
        assert 25_000 < told["left"] <= 30_000
        assert told["monotonic"] - before["monotonic"] < 60
        assert told["pid"] == before["pid"]
    await cloud.reset()
    assert (await ask(cloud, "tell"))["now"] == pytest.approx(time.time(), abs=2)


async def test_a_new_worker_sees_the_moved_time_in_its_init_phase_too(cloud: Cloud) -> None:
    old = await ask(cloud, "tell")
    await cloud.advance(30 * DAY)
    new = await ask(cloud, "tell")
    assert new["pid"] != old["pid"]
    assert new["born"] == pytest.approx(cloud.clock.now(), abs=30)


async def test_workers_with_expired_credentials_are_replaced(cloud: Cloud, s3: Any) -> None:
    """Credentials of a role's session end.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html
    """
    await ask(cloud, "write", "before")
    await cloud.advance(30 * DAY)
    await ask(cloud, "write", "after")
    with closing(client("dynamodb", cloud.emulator, cloud.emulator.root_credentials(ACCOUNT))) as dynamodb:
        items = dynamodb.scan(TableName="corner-dev-notes")["Items"]
    assert sorted(item["PK"]["S"] for item in items) == ["after", "before"]


async def test_credentials_outlive_a_month_that_is_taken_back(cloud: Cloud) -> None:
    """A worker that sleeps through a month in which others get new ones works on when the clock is set back."""
    await ask(cloud, "write", "before")
    await ask(cloud, "tell")
    await cloud.advance(30 * DAY)
    await ask(cloud, "tell")
    await cloud.reset()
    await ask(cloud, "write", "after")


async def test_credentials_end_in_moved_time(cloud: Cloud) -> None:
    role = next(one for one in cloud.world.of_type("AWS::Lambda::Function")).properties["Role"]
    credentials = await cloud.emulator.credentials(role, ACCOUNT)
    with closing(client("sts", cloud.emulator, credentials)) as sts:
        assert sts.get_caller_identity()["Account"] == ACCOUNT
        await cloud.advance(6 * DAY)
        assert sts.get_caller_identity()["Account"] == ACCOUNT
        await cloud.advance(1.1 * DAY)
        with pytest.raises(sts.exceptions.ClientError, match="Expired"):
            sts.get_caller_identity()


async def test_a_presigned_url_of_a_moved_function_is_good_for_its_hour(cloud: Cloud, s3: Any) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html"""
    s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="photos", Key="kefir", Body=b"a photo")
    roles = {one.physical_id: one.properties["Role"] for one in cloud.world.of_type("AWS::Lambda::Function")}
    may = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}
    with closing(client("iam", cloud.emulator, cloud.emulator.root_credentials(ACCOUNT))) as iam:
        iam.put_role_policy(
            RoleName=roles["corner-dev-sign"].rpartition("/")[2],
            PolicyName="photos",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]}),
        )
    await cloud.advance(30 * DAY)
    url = await ask(cloud, "sign")
    async with httpx.AsyncClient(trust_env=False) as outside:
        assert (await outside.get(url)).content == b"a photo"
        await cloud.advance(3_500)
        assert (await outside.get(url)).status_code == 200
        await cloud.advance(200)
        refused = await outside.get(url)
    assert refused.status_code == 403
    assert "Request has expired" in refused.text


async def test_a_developer_whose_own_time_is_real_may_still_ask(cloud: Cloud, s3: Any) -> None:
    await cloud.advance(30 * DAY)
    s3.create_bucket(Bucket="other", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    made = s3.list_buckets()["Buckets"][0]["CreationDate"]
    assert made.timestamp() == pytest.approx(cloud.clock.now(), abs=5)


async def test_the_gateway_tells_the_moved_time(cloud: Cloud) -> None:
    await cloud.advance(30 * DAY)
    async with browser(cloud) as api:
        answer = await api.get("/tell")
    assert answer.json()["now"] == pytest.approx(cloud.clock.now(), abs=2)
    assert parsedate_to_datetime(answer.headers["date"]).timestamp() == pytest.approx(cloud.clock.now(), abs=2)


async def test_entries_of_the_journal_are_stamped_with_the_moved_time_in_order(cloud: Cloud) -> None:
    before = cloud.journal.last_id()
    begun = cloud.clock.now()
    calls = Calls(cloud, "tell", begun + DAY, begun + 2 * DAY)
    cloud.clock.add(calls)
    await cloud.advance(3 * DAY)
    cloud.clock.remove(calls)
    async with browser(cloud) as api:
        await api.get("/tell")
    entries = cloud.journal.entries(kind=("log", "invocation"), subject=cloud.function_names, after_id=before)
    told = [entry.time - begun for entry in entries if entry.text == "told"]
    assert told == [pytest.approx(days * DAY, abs=5) for days in (1, 2, 3)]
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)


async def test_what_a_function_sends_on_the_way_is_worked_on_before_later_work(cloud: Cloud) -> None:
    before = cloud.journal.last_id()
    begun = cloud.clock.now()
    calls = Calls(cloud, "send", begun + DAY, begun + 2 * DAY)
    cloud.clock.add(calls)
    await cloud.advance(5 * DAY)
    cloud.clock.remove(calls)
    taken = [entry for entry in cloud.journal.entries(kind="log", after_id=before) if entry.text.startswith("taken")]
    assert [entry.time - begun for entry in taken] == [pytest.approx(days * DAY, abs=10) for days in (1, 2)]
    assert {entry.text.split()[1].split(".")[0] for entry in taken} <= {"0", "1", "2"}


async def test_what_functions_are_doing_belongs_to_the_time_before(cloud: Cloud) -> None:
    await ask(cloud, "tell")
    under_way = asyncio.create_task(ask(cloud, "tell"))
    await asyncio.sleep(0)
    await cloud.advance(30 * DAY)
    assert (await under_way)["now"] == pytest.approx(time.time(), abs=5)


async def test_a_stage_goes_on_in_its_moved_time_after_a_restart(project: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    cloud = await local_cloud.start(synthesizer(project), place(project, state=state))
    try:
        await cloud.advance(30 * DAY)
        assert clock_file.read(state) == cloud.clock.offset
    finally:
        await cloud.stop()
    cloud = await local_cloud.start(synthesizer(project), place(project, state=state))
    try:
        assert cloud.clock.now() - time.time() == pytest.approx(30 * DAY, abs=1)
        assert (await ask(cloud, "tell"))["now"] == pytest.approx(cloud.clock.now(), abs=2)
        with closing(client("s3", cloud.emulator, cloud.emulator.root_credentials(ACCOUNT))) as s3:
            s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            assert s3.list_buckets()["Buckets"][0]["CreationDate"] > datetime.fromtimestamp(time.time() + 29 * DAY, UTC)
    finally:
        await cloud.stop()
