from datetime import UTC, datetime

import pytest

from cumulo import App, CumuloError, Function, Queue, Schedule, ScheduleGroup, Stack, Stage, hours, minutes


@pytest.fixture
def remind(stack) -> Function:
    return Function(stack, "remind", handler="functions.a.remind")


def allowed(role) -> dict[str, object]:
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return {str(statement["Action"]): statement for statement in statements}


def test_a_schedule_invokes_its_target_with_a_role_of_its_own(stack, resources, remind) -> None:
    Schedule(stack, "daily", "cron(0 9 * * ? *)", target=remind, timezone="Europe/Berlin", payload={"kind": "digest"})
    made = resources(stack)
    properties = made["DailySchedule"]["Properties"]
    assert properties == {
        "Name": "shop-dev-daily",
        "ScheduleExpression": "cron(0 9 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "State": "ENABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": {"Fn::GetAtt": ["RemindFunction", "Arn"]},
            "RoleArn": {"Fn::GetAtt": ["DailySchedulerRole", "Arn"]},
            "Input": '{"kind":"digest"}',
        },
    }
    role = made["DailySchedulerRole"]
    assert allowed(role)["lambda:InvokeFunction"]["Resource"] == {"Fn::GetAtt": ["RemindFunction", "Arn"]}
    assert len(allowed(role)) == 1
    trust = role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert set(trust["Condition"]["StringEquals"]) == {"aws:SourceAccount", "aws:SourceArn"}
    assert "RemindEvents" not in made


def test_failed_events_are_tried_and_kept_as_declared(stack, resources, remind) -> None:
    lost = Queue(stack, "lost", tries=None)
    Schedule(stack, "often", "rate(1 hour)", target=remind, retries=5, max_age=hours(8), dead_letters=lost)
    made = resources(stack)
    queue = {"Fn::GetAtt": ["LostQueue", "Arn"]}
    target = made["OftenSchedule"]["Properties"]["Target"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 28_800, "MaximumRetryAttempts": 5}
    assert target["DeadLetterConfig"] == {"Arn": queue}
    assert allowed(made["OftenSchedulerRole"])["sqs:SendMessage"]["Resource"] == queue
    # Lambda's own limits: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
    assert made["RemindEvents"]["Properties"] == {
        "FunctionName": {"Ref": "RemindFunction"},
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 21_600,
        "DestinationConfig": {"OnFailure": {"Destination": queue}},
    }
    assert allowed(made["RemindRole"])["['sqs:SendMessage']"]["Resource"] == queue


def test_a_window_and_dates(stack, resources, remind) -> None:
    Schedule(
        stack,
        "sometimes",
        "rate(1 days)",
        target=remind,
        flexible=minutes(15),
        start=datetime(2026, 12, 1, tzinfo=UTC),
        end=datetime(2027, 1, 1, tzinfo=UTC),
    )
    properties = resources(stack)["SometimesSchedule"]["Properties"]
    assert properties["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert (properties["StartDate"], properties["EndDate"]) == ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")


def test_a_link_to_a_group_may_manage_its_schedules_and_pass_its_one_role(stack, resources, remind) -> None:
    group = ScheduleGroup(stack, "reminders")
    lost = Queue(stack, "lost", tries=None)
    link = group.schedule(remind, retries=1, max_age=minutes(30), dead_letters=lost)
    Function(stack, "add", handler="functions.a.add", links=[link])
    made = resources(stack)
    assert made["RemindersScheduleGroup"]["Properties"]["Name"] == "shop-dev-reminders"
    statements = made["AddRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    manage, hand = statements[1:]
    assert manage["Action"] == [f"scheduler:{verb}Schedule" for verb in ("Create", "Delete", "Get", "Update")]
    assert manage["Resource"] == {
        "Fn::Sub": "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/shop-dev-reminders/*"
    }
    role = {"Fn::GetAtt": ["RemindersRemindSchedulerRole", "Arn"]}
    assert hand == {
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": role,
        "Condition": {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
    }
    variables = made["AddFunction"]["Properties"]["Environment"]["Variables"]
    assert {name: value for name, value in variables.items() if name.startswith("REMINDERS_")} == {
        "REMINDERS_SCHEDULE_GROUP_NAME": {"Ref": "RemindersScheduleGroup"},
        "REMINDERS_TARGET_ARN": {"Fn::GetAtt": ["RemindFunction", "Arn"]},
        "REMINDERS_ROLE_ARN": role,
        "REMINDERS_DEAD_LETTER_ARN": {"Fn::GetAtt": ["LostQueue", "Arn"]},
        "REMINDERS_RETRIES": "1",
        "REMINDERS_MAX_AGE": "1800",
    }


def test_two_functions_may_share_a_groups_link(stack, resources, remind) -> None:
    group = ScheduleGroup(stack, "reminders")
    assert group.schedule(remind) is group.schedule(remind)
    with pytest.raises(CumuloError, match="the target 'remind' has other retries"):
        group.schedule(remind, retries=1)


def test_a_target_of_another_stack_is_imported() -> None:
    app = App("shop", Stage("dev"))
    remind = Function(Stack(app, "functions"), "remind", handler="functions.a.remind")
    other = Stack(app, "scheduler")
    Schedule(other, "daily", "rate(1 days)", target=remind)
    assert other.dependencies == {"functions"}


@pytest.mark.parametrize(
    ("expression", "options", "message"),
    [
        ("daily", {}, "'daily' is no schedule expression"),
        ("cron(0 9 * * * *)", {}, "one of day-of-month and day-of-week is"),
        (5, {}, "expression"),
        ("rate(1 days)", {"timezone": "Mars/X"}, "there is no time zone 'Mars/X'"),
        ("rate(1 days)", {"flexible": minutes(0.5)}, "a flexible window is 1 minute to 24 hours"),
        ("rate(1 days)", {"retries": 186}, "186 retries are not possible"),
        ("rate(1 days)", {"max_age": minutes(0.5)}, "1 minute to 24 hours"),
        ("rate(1 days)", {"start": datetime(2026, 1, 1)}, "start is a datetime with a zone"),
        ("rate(1 days)", {"payload": object()}, "the payload is nothing that JSON has"),
        ("rate(1 days)", {"target": "remind"}, "target"),
        ("rate(1 days)", {"dead_letters": "arn"}, "dead_letters"),
    ],
)
def test_what_the_scheduler_refuses_is_refused_with_the_place(stack, remind, expression, options, message) -> None:
    with pytest.raises(CumuloError, match=message) as caught:
        Schedule(stack, "daily", expression, **{"target": remind, **options})
    assert "test_schedules.py" in str(caught.value.where)
