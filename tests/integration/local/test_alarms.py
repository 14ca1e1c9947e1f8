"""Alarms of a whole system: a function fails, the clock moves, and a topic's subscribers hear of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cumulo.errors import CumuloError
from cumulo.local import cloud as local_cloud
from cumulo.local.alarms.actions import Topics
from cumulo.local.cloud import Cloud
from cumulo.local.mail import sent_mail

from ._aws import client
from ._cloud import ACCOUNT, place, synthesizer

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = """
from troposphere import Ref, sns, sqs

from cumulo import App, Dashboard, Function, Grant, Link, Metric, Queue, Stack, Topic, minutes


class Work(Stack):
    def __init__(self, app):
        super().__init__(app, "work")
        self.charge = Function(self, "charge", handler="functions.charge")
        publish = Link((Grant(("cloudwatch:PutMetricData",), ("*",)),))
        Function(self, "count", handler="functions.count", links=[publish])
        Function(self, "refused", handler="functions.count")
        self.jobs = Queue(self, "jobs")


class Watch(Stack):
    def __init__(self, app, work):
        super().__init__(app, "watch")
        alerts = Topic(self, "alerts", emails=("team@example.com",))
        charge = work.charge
        inbox = alerts.add(sqs.Queue("Inbox", QueueName="corner-inbox"))
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": inbox.get_att("Arn"),
        }
        alerts.add(sqs.QueuePolicy("Policy", Queues=[Ref(inbox)], PolicyDocument={"Statement": [statement]}))
        alerts.add(
            sns.SubscriptionResource(
                "ToInbox", Protocol="sqs", Endpoint=inbox.get_att("Arn"), TopicArn=Ref(alerts.topic)
            )
        )
        rate = 100 * charge.errors() / charge.invocations()
        failing = rate.alarm(self, "failing", above=40, per=minutes(1), notify=alerts, description="charging fails")
        slow = charge.duration("p99").alarm(self, "slow", above=60_000)
        dead = work.jobs.dead().alarm(self, "dead", at_least=1)
        Metric("shop", "orders", {"kind": "tea"}).alarm(self, "busy", above=5, per=minutes(1))
        Dashboard(self, "overview", rows=[[charge.invocations(), rate], [failing, [slow, dead]], [work.jobs.depth()]])


def app(stage):
    app = App("corner", stage)
    Watch(app, Work(app))
    return app
"""
FUNCTIONS = """
def charge(event, context):
    if event.get("fail"):
        raise ValueError("no money")


def count(event, context):
    import boto3

    datum = {"MetricName": "orders", "Dimensions": [{"Name": "kind", "Value": "tea"}], **event}
    boto3.client("cloudwatch").put_metric_data(Namespace="shop", MetricData=[datum])
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    folder: Path = tmp_path_factory.mktemp("alarms")
    (folder / "pyproject.toml").write_text("[tool.cumulo]\n")
    (folder / "app.py").write_text(APP)
    (folder / "functions.py").write_text(FUNCTIONS)
    cloud = await local_cloud.start(synthesizer(folder), place(folder))
    await cloud.remember()
    yield cloud
    await cloud.stop()


async def charge(cloud: Cloud, *, fail: bool) -> None:
    await cloud.invoke("charge", json.dumps({"fail": fail}).encode())


async def test_a_failing_function_sets_off_an_alarm_and_its_topic_tells_a_queue(cloud: Cloud) -> None:
    await cloud.reset()
    await cloud.clock.advance(61 - cloud.clock.now() % 60)  # both at the beginning of one minute
    for fail in (False, True):
        await charge(cloud, fail=fail)
    await cloud.clock.advance(60)
    failing = cloud.alarm("failing")
    assert failing.state == "ALARM"
    assert "[50.0 (" in failing.reason
    told = [json.loads(json.loads(message["Body"])["Message"]) for message in await cloud.messages("Inbox")][-1]
    assert (told["AlarmName"], told["NewStateValue"]) == ("corner-dev-failing", "ALARM")
    assert told["AlarmDescription"] == "charging fails"
    await cloud.clock.advance(600)
    assert cloud.alarm("failing").state == "OK"
    changes = [entry.data["new"] for entry in cloud.journal.entries(kind="alarm", subject="corner-dev-failing")]
    assert changes[-2:] == ["ALARM", "OK"]


async def test_who_subscribed_by_e_mail_gets_one(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"""
    await cloud.reset()
    await cloud.clock.advance(61 - cloud.clock.now() % 60)
    await charge(cloud, fail=True)
    await cloud.clock.advance(60)
    mail = (await sent_mail(cloud.emulator, ACCOUNT, "eu-central-1"))[-1]
    assert (mail.to, mail.subject) == (
        ("team@example.com",), 'ALARM: "corner-dev-failing" in Europe (Frankfurt)'
    )  # fmt: skip
    assert f'has entered the ALARM state, because "{cloud.alarm("failing").reason}"' in mail.text
    assert "- Description:                charging fails" in mail.text


async def test_a_message_in_the_dead_letter_queue_sets_off_its_alarm(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
    await cloud.reset()
    with closing(client("sqs", cloud.emulator, cloud.emulator.root_credentials(ACCOUNT))) as sqs:
        await asyncio.to_thread(sqs.send_message, QueueUrl=cloud.queue_url("jobs-dead-letters"), MessageBody="bad")
    await cloud.clock.advance(180)
    assert cloud.alarm("dead").state == "ALARM"


async def test_a_topic_that_does_not_exist_is_an_error(cloud: Cloud) -> None:
    root = cloud.emulator.root_credentials(ACCOUNT)
    made = Topics(cloud.emulator.endpoint, "eu-central-1", root, cloud.clock.now)
    with closing(made) as topics, pytest.raises(CumuloError, match="SNS answered 404"):
        await topics.publish(f"arn:aws:sns:eu-central-1:{ACCOUNT}:nobody", "subject", "message", "text")


@pytest.mark.parametrize(
    ("datum", "state"),
    [
        ({"Value": 6}, "ALARM"),
        ({"Value": 5}, "OK"),
        ({"Values": [1, 2], "Counts": [2, 2]}, "ALARM"),
        ({"StatisticValues": {"SampleCount": 3, "Sum": 6, "Minimum": 1, "Maximum": 3}}, "ALARM"),
    ],
)
async def test_metrics_that_a_function_puts_are_seen(cloud: Cloud, datum: dict[str, Any], state: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    await cloud.reset()
    await cloud.clock.advance(61 - cloud.clock.now() % 60)
    assert (await cloud.invoke("count", json.dumps(datum).encode())).error is None
    await cloud.clock.advance(60)
    assert cloud.alarm("busy").state == state


async def test_a_function_without_the_permission_cannot_put_metrics(cloud: Cloud) -> None:
    refused = await cloud.invoke("refused", b'{"Value": 1}')
    assert b"not authorized to perform: cloudwatch:PutMetricData" in refused.payload


async def test_the_dashboards_references_are_resolved(cloud: Cloud) -> None:
    (dashboard,) = cloud.world.of_type("AWS::CloudWatch::Dashboard")
    assert dashboard.physical_id == "corner-dev-overview"
    widgets = json.loads(dashboard.properties["DashboardBody"])["widgets"]
    assert widgets[0]["properties"]["metrics"][0][:4] == [
        "AWS/Lambda", "Invocations", "FunctionName", "corner-dev-charge"
    ]  # fmt: skip
    assert widgets[0]["properties"]["region"] == "eu-central-1"
    assert widgets[2]["properties"]["annotations"] == {
        "alarms": ["arn:aws:cloudwatch:eu-central-1:200000000001:alarm:corner-dev-failing"]
    }


async def test_reset_gives_alarms_their_first_state(cloud: Cloud) -> None:
    await charge(cloud, fail=True)
    await cloud.clock.advance(60)
    assert cloud.alarm("failing").state == "ALARM"
    await cloud.reset()
    assert {state.state for state in cloud.alarms.values()} == {"INSUFFICIENT_DATA"}
