"""Items and objects that expire on the moved clock, in the emulator and in a whole local cloud."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cumulo import App, Bucket, Queue, Stack, Stage, Table, days
from cumulo.local.clock import Clock
from cumulo.local.emulator import process
from cumulo.local.emulator.process import Emulator
from cumulo.local.entries import Entry
from cumulo.local.expiry import Expiry
from cumulo.local.stacks import deploy
from cumulo.synth.templates import template

from ._aws import REGION, assembly, client

ACCOUNT = "300000000001"
DAY = 86_400
TABLE = "kefir-dev-items"
BUCKET = f"kefir-dev-photos-{ACCOUNT}"


class Entries(list[Entry]):
    """What was recorded."""


class World:
    """An emulator and a clock that moves it."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.entries = Entries()
        self.clock = Clock()
        self.clock.on_moved(emulator.move)
        self.expiry = Expiry(emulator, self.entries)
        self.clock.add(self.expiry)
        self._folder = folder
        root = emulator.root_credentials(ACCOUNT)
        self.dynamodb = client("dynamodb", emulator, root)
        self.s3 = client("s3", emulator, root)
        self.streams = client("dynamodbstreams", emulator, root)

    async def declare(self, declare: Callable[[Stack], object]) -> None:
        """Deploy what a function declares."""
        stack = Stack(App("kefir", Stage("dev")), "data")
        declare(stack)
        await deploy(assembly(self._folder, data=template(stack)), self.emulator, account=ACCOUNT, region=REGION)

    def put(self, key: str, ttl: Any, *, type_: str = "N") -> None:
        """Put an item."""
        self.dynamodb.put_item(TableName=TABLE, Item={"PK": {"S": key}, "TTL": {type_: str(ttl)}})

    def items(self) -> set[str]:
        """Return the keys of the table's items."""
        return {item["PK"]["S"] for item in self.dynamodb.scan(TableName=TABLE)["Items"]}

    def objects(self) -> set[str]:
        """Return the keys of the bucket's objects."""
        return {each["Key"] for each in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    async def advance(self, **duration: float) -> None:
        """Move the clock."""
        await self.clock.advance(timedelta(**duration).total_seconds())

    def told(self) -> list[tuple[str, str]]:
        """Return what was recorded: names and texts."""
        return [(entry.subject, entry.text) for entry in self.entries]


@pytest_asyncio.fixture
async def world(emulator_python: Path, tmp_path: Path) -> AsyncIterator[World]:
    async with process.running(python=emulator_python, state=None) as emulator:
        yield World(emulator, tmp_path / "assembly")


def table(stack: Stack) -> Table:
    """Declare the table."""
    return Table(stack, "items", partition_key="PK", ttl="TTL", stream="NEW_AND_OLD_IMAGES")


def midnight(moment: float) -> float:
    """Return the next midnight UTC."""
    return math.ceil(moment / DAY) * DAY


class TestTimeToLive:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html."""

    async def test_items_go_when_they_are_due_and_not_before(self, world: World) -> None:
        await world.declare(table)
        now = int(time.time())
        for key, ttl in {"day": now + DAY, "week": now + 7 * DAY, "year": now + 365 * DAY}.items():
            world.put(key, ttl)
        await world.advance(hours=23)
        assert world.items() == {"day", "week", "year"}
        await world.advance(hours=2)
        assert world.items() == {"week", "year"}
        await world.advance(days=30)
        assert world.items() == {"year"}
        assert world.told() == [(TABLE, "1 item expired"), (TABLE, "1 item expired")]
        assert [round(entry.time) for entry in world.entries] == [now + DAY, now + 7 * DAY]
        assert {entry.kind for entry in world.entries} == {"system"}

    async def test_only_numbers_of_the_last_five_years_count(self, world: World) -> None:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html."""
        await world.declare(table)
        now = int(time.time())
        world.put("text", now, type_="S")
        world.put("long ago", now - 6 * 365 * DAY)
        world.put("lately", now - 4 * 365 * DAY)
        world.put("milliseconds", now * 1000)
        world.put("huge", "1E+125")
        await world.advance(days=1)
        assert world.items() == {"text", "long ago", "milliseconds", "huge"}

    async def test_an_item_that_got_another_time_goes_at_that(self, world: World) -> None:
        await world.declare(table)
        now = int(time.time())
        for key in ("later", "never", "sooner", "gone", "again"):
            world.put(key, now + 10 * DAY)
        world.put("later", now + 20 * DAY)
        world.put("sooner", now + 5 * DAY)
        key = {"PK": {"S": "never"}}
        world.dynamodb.update_item(
            TableName=TABLE, Key=key, UpdateExpression="REMOVE #t", ExpressionAttributeNames={"#t": "TTL"}
        )
        world.dynamodb.delete_item(TableName=TABLE, Key={"PK": {"S": "gone"}})
        world.put("again", now + 30 * DAY)
        world.put("again", now + 10 * DAY)
        await world.advance(days=6)
        assert world.items() == {"later", "never", "again"}
        await world.advance(days=5)
        assert world.items() == {"later", "never"}
        await world.advance(days=10)
        assert world.items() == {"never"}
        assert [entry.data["number"] for entry in world.entries] == [1, 1, 1]
        await world.advance(days=10)
        assert world.expiry.next_due() == math.inf

    @pytest.mark.parametrize("way", ["batch", "transaction", "update", "partiql"])
    async def test_however_it_was_written(self, world: World, way: str) -> None:
        await world.declare(table)
        ttl = str(int(time.time()) + DAY)
        item = {"PK": {"S": "a"}, "TTL": {"N": ttl}}
        if way == "batch":
            world.dynamodb.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": item}}]})
        elif way == "transaction":
            world.dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": item}}])
        elif way == "update":
            world.dynamodb.update_item(
                TableName=TABLE,
                Key={"PK": {"S": "a"}},
                UpdateExpression="SET #t = :t",
                ExpressionAttributeNames={"#t": "TTL"},
                ExpressionAttributeValues={":t": {"N": ttl}},
            )
        else:
            world.dynamodb.execute_statement(Statement=f"INSERT INTO \"{TABLE}\" VALUE {{'PK': 'a', 'TTL': {ttl}}}")
        assert world.items() == {"a"}
        await world.advance(days=2)
        assert world.items() == set()

    async def test_the_stream_says_that_the_service_deleted_it(self, world: World) -> None:
        """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html."""
        await world.declare(table)
        world.put("a", int(time.time()) + DAY)
        world.put("b", int(time.time()) + 9 * DAY)
        await world.advance(hours=25)
        world.dynamodb.delete_item(TableName=TABLE, Key={"PK": {"S": "b"}})
        [stream] = world.streams.list_streams(TableName=TABLE)["Streams"]
        [shard] = world.streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
        iterator = world.streams.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        removed = [
            record
            for record in world.streams.get_records(ShardIterator=iterator)["Records"]
            if record["eventName"] == "REMOVE"
        ]
        by_service, by_user = removed
        assert by_service["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
        assert by_service["dynamodb"]["OldImage"]["PK"] == {"S": "a"}
        assert "userIdentity" not in by_user

    async def test_without_moving_the_clock_items_go_too(self, world: World) -> None:
        await world.declare(table)
        world.clock.start()
        watching = asyncio.create_task(world.expiry.watch(world.clock.changed))
        world.put("a", int(time.time()) + 2)
        try:
            async with asyncio.timeout(60):
                while await asyncio.to_thread(world.items):
                    await asyncio.sleep(0.1)
        finally:
            watching.cancel()
            await world.clock.stop()
        assert world.told() == [(TABLE, "1 item expired")]

    async def test_a_restore_brings_back_what_expires(self, world: World) -> None:
        await world.declare(table)
        world.put("a", int(time.time()) + DAY)
        await world.emulator.snapshot(ACCOUNT)
        await world.advance(days=2)
        assert world.items() == set()
        await world.clock.reset()
        await world.emulator.restore(ACCOUNT)
        assert world.items() == {"a"}
        await world.advance(days=2)
        assert world.items() == set()

    async def test_ttl_that_is_declared_later_counts_for_old_items(self, world: World) -> None:
        await world.declare(lambda stack: Table(stack, "items", partition_key="PK"))
        world.put("a", int(time.time()) + DAY)
        await world.advance(days=2)
        assert world.items() == {"a"}
        await world.declare(lambda stack: Table(stack, "items", partition_key="PK", ttl="TTL"))
        await world.advance(seconds=0)
        assert world.items() == set()

    async def test_an_item_that_is_written_often_is_known_once(self, world: World) -> None:
        await world.declare(table)
        now = int(time.time())
        for number in range(2_100):
            world.put("session", now + DAY + number)
        await world.advance(hours=24)
        assert world.items() == {"session"}
        await world.advance(hours=1)
        assert world.items() == set()
        assert world.told() == [(TABLE, "1 item expired")]

    async def test_many_items_go_in_order_in_one_go(self, world: World) -> None:
        await world.declare(table)
        now = int(time.time())
        for start in range(0, 1000, 25):
            puts = [
                {"PutRequest": {"Item": {"PK": {"S": str(n)}, "TTL": {"N": str(now + DAY + n // 10)}}}}
                for n in range(start, start + 25)
            ]
            world.dynamodb.batch_write_item(RequestItems={TABLE: puts})
        await world.advance(days=2)
        assert world.items() == set()
        assert sum(entry.data["number"] for entry in world.entries) == 1000
        assert [entry.time for entry in world.entries] == sorted(entry.time for entry in world.entries)


class TestLifecycle:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html."""

    @staticmethod
    def bucket(**options: Any) -> Callable[[Stack], Bucket]:
        """Return the declaration of a bucket."""
        return lambda stack: Bucket(stack, "photos", **options)

    async def test_an_object_goes_at_the_midnight_after_its_days(self, world: World) -> None:
        await world.declare(self.bucket(expire_after=days(3)))
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
        due = midnight(time.time() + 3 * DAY)
        await world.clock.advance(due - world.clock.now() - 60)
        assert world.objects() == {"a"}
        await world.advance(seconds=90)
        assert world.objects() == set()
        assert world.told() == [(BUCKET, "1 object expired")]
        assert world.entries[0].time == due

    async def test_a_younger_object_goes_later(self, world: World) -> None:
        await world.declare(self.bucket(expire_after=days(3)))
        world.s3.put_object(Bucket=BUCKET, Key="old", Body=b"a")
        await world.advance(days=2)
        world.s3.put_object(Bucket=BUCKET, Key="young", Body=b"a")
        await world.advance(days=2)
        assert world.objects() == {"young"}
        await world.advance(days=2)
        assert world.objects() == set()

    async def test_in_a_versioned_bucket_a_marker_hides_it_then_all_goes(self, world: World) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html."""
        await world.declare(self.bucket(expire_after=days(3), versioned=True, keep_versions=days(10)))
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
        await world.advance(days=4)
        assert world.objects() == set()
        found = world.s3.list_object_versions(Bucket=BUCKET)
        assert len(found["Versions"]) == len(found["DeleteMarkers"]) == 1
        await world.advance(days=12)
        found = world.s3.list_object_versions(Bucket=BUCKET)
        assert "Versions" not in found
        assert "DeleteMarkers" not in found
        assert world.told() == [
            (BUCKET, "1 object expired"),
            (BUCKET, "1 old version expired"),
            (BUCKET, "1 delete marker expired"),
        ]
        assert world.expiry.next_due() == math.inf

    async def test_old_versions_go_days_after_they_were_overwritten(self, world: World) -> None:
        await world.declare(self.bucket(versioned=True, keep_versions=days(5)))
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"first")
        await world.advance(days=30)
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"second")
        await world.advance(days=4)
        assert len(world.s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 2
        await world.advance(days=2)
        [left] = world.s3.list_object_versions(Bucket=BUCKET)["Versions"]
        assert left["IsLatest"]
        assert world.s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"second"

    async def test_unfinished_uploads_are_aborted(self, world: World) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html."""
        await world.declare(self.bucket())
        world.s3.create_multipart_upload(Bucket=BUCKET, Key="big")
        await world.advance(days=6)
        assert len(world.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]) == 1
        await world.advance(days=3)
        assert "Uploads" not in world.s3.list_multipart_uploads(Bucket=BUCKET)
        assert world.told() == [(BUCKET, "1 unfinished upload expired")]

    async def test_a_rule_takes_what_its_filter_names(self, world: World) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html."""
        tag = {"Key": "kind", "Value": "raw"}
        rules = [
            {"Id": "prefix", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 1},
            {"Id": "tag", "Status": "Enabled", "TagFilters": [tag], "ExpirationInDays": 1},
            {"Id": "size", "Status": "Enabled", "ObjectSizeGreaterThan": "10", "ExpirationInDays": 1},
            {"Id": "off", "Status": "Disabled", "ExpirationInDays": 1},
        ]
        await world.declare(self.bucket(override={"LifecycleConfiguration": {"Rules": rules}}))
        world.s3.put_object(Bucket=BUCKET, Key="tmp/a", Body=b"a")
        world.s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"a", Tagging="kind=raw")
        world.s3.put_object(Bucket=BUCKET, Key="other tag", Body=b"a", Tagging="kind=cooked")
        world.s3.put_object(Bucket=BUCKET, Key="ten", Body=b"a" * 10)
        world.s3.put_object(Bucket=BUCKET, Key="eleven", Body=b"a" * 11)
        await world.advance(days=3)
        assert world.objects() == {"other tag", "ten"}

    async def test_the_prefix_of_an_old_rule_counts(self, world: World) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html."""
        await world.declare(self.bucket())
        rule = {"ID": "old", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 1}}
        world.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
        for key in ("tmp/a", "b"):
            world.s3.put_object(Bucket=BUCKET, Key=key, Body=b"a")
        await world.advance(days=3)
        assert world.objects() == {"b"}

    async def test_it_is_notified_as_lifecycle_expiration(self, world: World) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configure-notification.html."""
        await world.declare(lambda stack: (Queue(stack, "events"), Bucket(stack, "photos", expire_after=days(1))))
        sqs = client("sqs", world.emulator, world.emulator.root_credentials(ACCOUNT))
        url = sqs.get_queue_url(QueueName="kefir-dev-events")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:kefir-dev-events"
        allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        to_queue = {"QueueArn": arn, "Events": ["s3:LifecycleExpiration:*", "s3:ObjectRemoved:*"]}
        world.s3.put_bucket_notification_configuration(
            Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [to_queue]}
        )
        sqs.purge_queue(QueueUrl=url)
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
        await world.advance(days=2)
        [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        [record] = json.loads(message["Body"])["Records"]
        assert (record["eventName"], record["s3"]["object"]["key"]) == ("LifecycleExpiration:Delete", "a")

    async def test_on_a_date_all_goes_that_is_there(self, world: World) -> None:
        date = datetime.fromtimestamp(midnight(time.time() + 5 * DAY), UTC).isoformat().replace("+00:00", "Z")
        rules = [{"Id": "date", "Status": "Enabled", "ExpirationDate": date}]
        await world.declare(self.bucket(override={"LifecycleConfiguration": {"Rules": rules}}))
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
        await world.advance(days=4)
        assert world.objects() == {"a"}
        await world.advance(days=3)
        assert world.objects() == set()

    async def test_a_rule_that_comes_later_counts_for_old_objects(self, world: World) -> None:
        await world.declare(self.bucket())
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
        await world.advance(days=10)
        assert world.objects() == {"a"}
        await world.declare(self.bucket(expire_after=days(2)))
        await world.advance(seconds=0)
        assert world.objects() == set()

    async def test_a_restore_brings_back_what_expires(self, world: World) -> None:
        await world.declare(self.bucket(expire_after=days(1)))
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
        await world.emulator.snapshot(ACCOUNT)
        await world.advance(days=3)
        assert world.objects() == set()
        await world.clock.reset()
        await world.emulator.restore(ACCOUNT)
        assert world.objects() == {"a"}
        await world.advance(days=3)
        assert world.objects() == set()


def test_the_emulators_own_reaper_does_not_run(emulator_python: Path) -> None:
    """It would delete at times of its own, what expired more than five years ago too, and leave nothing in streams."""
    code = "import threading; from launcher import ttl; print([thread.name for thread in threading.enumerate()])"
    environment = {"PYTHONPATH": str(Path(process.__file__).parent), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [emulator_python, "-P", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "MainThread" in done.stdout
    assert "reaper" not in done.stdout


async def test_steps_of_the_clock_without_anything_to_expire_ask_nobody(world: World) -> None:
    await world.declare(lambda stack: (table(stack), Bucket(stack, "photos", expire_after=days(9))))
    world.put("a", int(time.time()) + 9 * DAY)
    asked = []
    expire = world.emulator.expire

    async def counted(now: float) -> list[dict[str, Any]]:
        asked.append(now)
        return await expire(now)

    world.emulator.expire = counted  # type: ignore[method-assign]
    for _ in range(10_000):
        await world.clock.advance(60.0)
    assert world.items() == {"a"}
    assert len(asked) <= 1  # a bucket's rules are looked at once, whether they take something


async def test_what_expires_is_known_again_after_a_restart(emulator_python: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with process.running(python=emulator_python, state=state) as emulator:
        world = World(emulator, tmp_path / "assembly")
        await world.declare(lambda stack: (table(stack), Bucket(stack, "photos", expire_after=days(3))))
        world.put("a", int(time.time()) + DAY)
        world.s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
    async with process.running(python=emulator_python, state=state) as emulator:
        world = World(emulator, tmp_path / "assembly")
        assert world.expiry.next_due() == pytest.approx(time.time() + DAY, abs=60)
        await world.advance(days=2)
        assert (world.items(), world.objects()) == (set(), {"a"})
        await world.advance(days=3)
        assert world.objects() == set()
    async with process.running(python=emulator_python, state=state) as emulator:
        world = World(emulator, tmp_path / "assembly")
        assert (world.items(), world.objects()) == (set(), set())
