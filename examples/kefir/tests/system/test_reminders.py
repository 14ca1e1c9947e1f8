"""Reminders: one mail each, at the right time of the user, wherever the batch goes."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.system.helpers import EMAIL, claims, told

ZONE = "America/New_York"


def local(moment, zone=ZONE):
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)


@pytest.fixture
def remind(ada, batch):
    """Return a function that asks for a reminder."""

    def remind(at, zone=ZONE, step="strain"):
        at = at.isoformat() if isinstance(at, datetime) else at
        return ada.api.post(f"/batches/{batch['id']}/reminders", json={"step": step, "zone": zone, "at": at})

    return remind


@pytest.fixture
def reminders(ada, batch):
    return lambda: ada.api.get(f"/batches/{batch['id']}").json()["reminders"]


@pytest.fixture
def reminded(mail):
    """Return a function that gives the mails beside those with codes."""
    return lambda: [sent for sent in mail if "code" not in sent.subject]


def test_it_comes_at_its_time(remind, reminded, clock, now):
    at = local(now() + timedelta(hours=2))
    reminder = remind(at).json()
    assert reminder == {"id": reminder["id"], "step": "strain", "zone": ZONE, "at": at.isoformat(), "sentAt": None}
    clock.advance(minutes=118)
    assert reminded() == []
    clock.advance(minutes=2)
    (sent,) = reminded()
    assert (sent.to, sent.subject) == ((EMAIL,), "Mild one: time to strain it")
    clock.advance(days=2)
    assert len(reminded()) == 1


def test_the_same_reminder_twice_is_one(remind, reminders, reminded, clock, now):
    at = local(now() + timedelta(hours=2))
    first, second = remind(at), remind(at)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert reminders() == [first.json()]
    clock.advance(hours=3)
    assert len(reminded()) == 1


def test_it_is_invoked_twice_and_sends_once(ada, batch, remind, reminders, reminded, now, invoke):
    reminder = remind(local(now() + timedelta(hours=2))).json()
    user = claims(ada.tokens["IdToken"])["sub"]
    payload = {"user": user, "batch": batch["id"], "reminder": reminder["id"]}
    assert invoke("send-reminder", payload).error is None
    assert invoke("send-reminder", payload).error is None
    assert len(reminded()) == 1
    assert reminders()[0]["sentAt"]


def test_it_moves_with_its_batch(ada, batch, remind, reminders, reminded, clock, now):
    at = local(now() + timedelta(days=1))
    reminder = remind(at).json()
    started = datetime.fromisoformat(batch["startedAt"])
    moved = local(started) + timedelta(days=2)
    later = moved.replace(tzinfo=ZoneInfo(ZONE)) + (started - started.replace(second=0, microsecond=0))
    changed = ada.api.patch(f"/batches/{batch['id']}", json={"startedAt": later.isoformat()})
    assert changed.status_code == 200
    (there,) = reminders()
    assert there == {**reminder, "at": (at + timedelta(days=2)).isoformat()}
    # It is still the same reminder.
    assert remind(at + timedelta(days=2)).json() == there
    clock.advance(days=2)
    assert reminded() == []
    clock.advance(days=1, hours=2)  # if the clocks changed meanwhile
    assert len(reminded()) == 1


def test_a_batch_does_not_move_so_that_a_reminder_would_be_past(ada, batch, remind, reminders, now):
    reminder = remind(local(now() + timedelta(hours=2))).json()
    yesterday = (datetime.fromisoformat(batch["startedAt"]) - timedelta(days=1)).isoformat()
    status, body = told(ada.api.patch(f"/batches/{batch['id']}", json={"startedAt": yesterday}))
    assert (status, body["error"]) == (400, "A reminder would be in the past: delete it first")
    assert reminders() == [reminder]
    assert ada.api.get(f"/batches/{batch['id']}").json()["startedAt"] == batch["startedAt"]


def test_a_deleted_reminder_does_not_come(ada, batch, remind, reminders, reminded, clock, now):
    reminder = remind(local(now() + timedelta(hours=2))).json()
    path = f"/batches/{batch['id']}/reminders/{reminder['id']}"
    assert ada.api.delete(path).status_code == 204
    assert ada.api.delete(path).status_code == 404
    assert reminders() == []
    clock.advance(hours=3)
    assert reminded() == []


def test_a_deleted_reminder_can_be_asked_for_again(ada, batch, remind, reminded, clock, now):
    at = local(now() + timedelta(hours=2))
    reminder = remind(at).json()
    ada.api.delete(f"/batches/{batch['id']}/reminders/{reminder['id']}")
    assert remind(at).status_code == 201
    clock.advance(hours=3)
    assert len(reminded()) == 1


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "localtime", "../../etc/passwd", "", "x" * 100])
def test_a_zone_that_does_not_exist_is_refused(remind, zone):
    status, body = told(remind("2027-01-01T09:00", zone=zone))
    assert (status, [detail["field"] for detail in body["details"]]) == (400, ["zone"])


def test_a_time_in_the_past_is_refused(remind, now):
    for at in (local(now() - timedelta(minutes=2)), "1999-01-01T00:00"):
        status, body = told(remind(at))
        assert (status, [detail["field"] for detail in body["details"]]) == (400, ["at"])


def test_a_time_that_the_clocks_skip_is_refused(remind, now):
    night = next_gap(now())
    status, body = told(remind(night, zone="Europe/Berlin"))
    message = "There is no such time: the clocks of the zone go forward then"
    assert (status, body["details"]) == (400, [{"field": "at", "message": message}])


def next_gap(moment):
    """Return 02:30 on the night in which Berlin's clocks go forward next: the last Sunday of March."""
    for year in (moment.year, moment.year + 1):
        last = datetime(year, 3, 31, 2, 30)
        sunday = last - timedelta(days=(last.weekday() + 1) % 7)
        if sunday > moment.replace(tzinfo=None) + timedelta(days=1):
            return sunday
    raise AssertionError


def test_a_batch_has_at_most_twenty(remind, now):
    first = local(now() + timedelta(hours=2))
    answers = [remind(first + timedelta(minutes=number)) for number in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [409]
    assert remind(first).status_code == 200


def test_what_fails_for_good_lies_among_the_dead(cloud, batch, remind, reminded, clock, now):
    """The reminder is spoiled in the table, so the function fails however often it is tried."""
    reminder = remind(local(now() + timedelta(hours=2))).json()
    spoil(cloud, reminder["id"])
    clock.advance(hours=2)
    assert cloud.messages("dead-reminders") == []
    clock.advance(hours=7)
    (message,) = cloud.messages("dead-reminders")
    assert reminder["id"] in message["Body"]
    assert batch["id"] in message["Body"]
    assert sum(cloud.metric("AWS/Lambda", "Errors", FunctionName="kefir-test-send-reminder")) == 3
    assert reminded() == []


def spoil(cloud, reminder):
    dynamodb = cloud.aws("dynamodb")
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if name.startswith("kefir")]
    (key,) = [
        {"PK": item["PK"], "SK": item["SK"]}
        for item in dynamodb.scan(TableName=table)["Items"]
        if item["SK"]["S"].endswith(reminder)
    ]
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET step = :wrong",
        ExpressionAttributeValues={":wrong": {"S": "wrong"}},
    )


def test_the_role_of_the_schedules_may_invoke_that_one_function_only(cloud):
    iam = cloud.aws("iam")
    roles = [role for role in iam.list_roles()["Roles"] if "scheduler.amazonaws.com" in json.dumps(role, default=str)]
    (role,) = roles
    (name,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
    invoking = [each for each in document["Statement"] if "lambda:InvokeFunction" in each["Action"]]
    (statement,) = invoking
    assert statement["Resource"].endswith(":function:kefir-test-send-reminder")
