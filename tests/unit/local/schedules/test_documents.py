import pytest
from tests.unit.local.schedules._laboratory import BEGIN, FUNCTION, ROLE

from cumulo.local.schedules.documents import check_name, check_times, checked
from cumulo.local.schedules.refusals import RefusedError

GOOD = {
    "ScheduleExpression": "rate(5 minutes)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": FUNCTION, "RoleArn": ROLE},
}


def test_what_is_left_out_gets_the_apis_default() -> None:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"""
    assert checked(GOOD) == {
        "ActionAfterCompletion": "NONE",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "rate(5 minutes)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "Target": {
            "Arn": FUNCTION,
            "RoleArn": ROLE,
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
        },
    }


def test_a_templates_texts_become_numbers() -> None:
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": "15"}
    document = checked({**GOOD, "FlexibleTimeWindow": window, "StartDate": "2026-12-01T00:00:00Z"})
    assert document["FlexibleTimeWindow"]["MaximumWindowInMinutes"] == 15
    assert document["StartDate"] == 1_796_083_200.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ScheduleExpression": "every day"}, "Invalid Schedule Expression every day."),
        ({"ScheduleExpression": None}, "'scheduleExpression' failed to satisfy constraint: Member must not be null"),
        ({"ScheduleExpression": "cron(0 9 * * * *)"}, "Invalid Schedule Expression"),
        ({"ScheduleExpression": 5}, "be a string"),
        ({"ScheduleExpressionTimezone": "Mars/X"}, "Invalid Schedule Expression Timezone Mars/X."),
        ({"State": "ON"}, r"satisfy enum value set: \[ENABLED, DISABLED\]"),
        ({"State": ["ENABLED"]}, "enum"),
        ({"ActionAfterCompletion": "KEEP"}, "enum"),
        ({"FlexibleTimeWindow": None}, "not be null"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "needs MaximumWindowInMinutes"),
        ({"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, "only for"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}}, "from 1 to 1440"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": []}}, "from 1 to 1440"),
        ({"Target": "arn"}, "be a structure"),
        ({"Target": {"Arn": "x", "RoleArn": ROLE}}, "Provided Arn is not in correct format"),
        ({"Target": {"Arn": FUNCTION, "RoleArn": "admin"}}, "'target.roleArn' failed"),
        ({"Target": {**GOOD["Target"], "RetryPolicy": {"MaximumRetryAttempts": 186}}}, "from 0 to 185"),
        ({"Target": {**GOOD["Target"], "RetryPolicy": {"MaximumEventAgeInSeconds": 59}}}, "from 60 to 86400"),
        ({"Target": {**GOOD["Target"], "RetryPolicy": "often"}}, "structure"),
        ({"Target": {**GOOD["Target"], "DeadLetterConfig": {"Arn": FUNCTION}}}, "target.deadLetterConfig.arn"),
        ({"Target": {**GOOD["Target"], "DeadLetterConfig": {"Arn": "arn:aws:sqs:r:1:q.fifo"}}}, "pattern"),
        ({"Target": {**GOOD["Target"], "Input": ""}}, "length"),
        ({"Target": {**GOOD["Target"], "Input": {}}}, "be a string"),
        ({"StartDate": "soon"}, "be a timestamp"),
        ({"StartDate": []}, "be a timestamp"),
        ({"EndDate": float("inf")}, "be a timestamp"),
        ({"Description": "x" * 513}, "length"),
    ],
)
def test_what_the_scheduler_refuses_is_refused(wrong, message) -> None:
    with pytest.raises(RefusedError, match=message) as caught:
        checked({**GOOD, **wrong})
    assert (caught.value.status, caught.value.code) == (400, "ValidationException")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"ScheduleExpression": "at(2027-01-15T08:00:00)"}, "The time is in the past"),
        ({"ScheduleExpression": "at(2027-01-15T09:00:00)", "ScheduleExpressionTimezone": "Europe/Berlin"}, "past"),
        ({"EndDate": BEGIN}, "must be in the future"),
        ({"StartDate": BEGIN + 20, "EndDate": BEGIN + 10}, "must come after the StartDate"),
    ],
)
def test_a_schedule_that_can_never_be_due_is_refused(more, message) -> None:
    with pytest.raises(RefusedError, match=message):
        check_times(checked({**GOOD, **more}), BEGIN)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "ä", "a\n"])
def test_bad_names_are_refused(name) -> None:
    with pytest.raises(RefusedError, match="'name' failed to satisfy constraint"):
        check_name("name", name)
