import json

from tests.unit.local.schedules._laboratory import BEGIN, FUNCTION, QUEUE, Laboratory, schedule, world

from cumulo.local.invoking import TooManyRequestsError
from cumulo.local.schedules.store import Store

AT = "at(2027-01-15T09:00:00)"  # an hour after the beginning
HOUR = 3600.0
ARN = "arn:aws:scheduler:eu-central-1:000000000000:schedule/default/once"
LOST = {"DeadLetterConfig": {"Arn": QUEUE}}


async def test_a_one_time_schedule_fires_at_its_time_and_once(laboratory) -> None:
    laboratory.store.put_schedule(schedule("once", AT, target={"Input": '{"n": 1}'}))
    await laboratory.advance(10 * 86_400)
    assert laboratory.events == [(HOUR, {"n": 1})]
    assert laboratory.said == ["fired: remind"]
    assert laboratory.journal[0].kind == "schedule"
    assert laboratory.journal[0].subject == "default/once"


async def test_a_completed_schedule_is_deleted_when_it_says_so(laboratory) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html"""
    laboratory.store.put_schedule(schedule("once", AT, ActionAfterCompletion="DELETE"))
    laboratory.store.put_schedule(schedule("kept", AT))
    await laboratory.advance(2 * HOUR)
    assert [found.name for found in laboratory.store.schedules()] == ["kept"]


async def test_a_disabled_schedule_does_not_fire(laboratory) -> None:
    laboratory.store.put_schedule(schedule("once", AT, State="DISABLED", ActionAfterCompletion="DELETE"))
    await laboratory.advance(2 * HOUR)
    assert laboratory.events == []
    assert laboratory.store.schedule("default", "once") is not None


async def test_a_recurring_schedule_fires_at_each_time_until_its_end(laboratory) -> None:
    end = BEGIN + 3 * HOUR
    laboratory.store.put_schedule(schedule("r", "rate(1 hour)", EndDate=end, ActionAfterCompletion="DELETE"))
    await laboratory.advance(86_400)
    assert [time for time, _ in laboratory.events] == [1, HOUR + 1, 2 * HOUR + 1]
    assert laboratory.store.schedule("default", "r") is None


async def test_a_flexible_window_is_kept_to_and_the_same_each_time(laboratory) -> None:
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30}
    laboratory.store.put_schedule(schedule("r", "cron(0 9 * * ? *)", FlexibleTimeWindow=window))
    await laboratory.advance(20 * 86_400)
    late = [(time - HOUR) % 86_400 for time, _ in laboratory.events]
    assert len(late) == 20
    assert all(0 <= seconds < 1800 for seconds in late)
    assert len(set(late)) > 10
    again = Laboratory(Store(None, now=BEGIN), world())
    again.store.put_schedule(schedule("r", "cron(0 9 * * ? *)", FlexibleTimeWindow=window))
    await again.advance(20 * 86_400)
    assert again.events == laboratory.events


async def test_context_attributes_are_filled_in(laboratory) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html"""
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    text = json.dumps({name: f"<aws.scheduler.{name}>" for name in names})
    laboratory.store.put_schedule(schedule("once", AT, target={"Input": text}))
    await laboratory.advance(2 * HOUR)
    event = laboratory.events[0][1]
    assert len(event.pop("execution-id")) == 16
    assert event == {"schedule-arn": ARN, "scheduled-time": "2027-01-15T09:00:00Z", "attempt-number": "1"}


async def test_without_an_input_the_function_gets_a_scheduled_event(laboratory) -> None:
    made = schedule("once", AT)
    target = {name: value for name, value in made.document["Target"].items() if name != "Input"}
    laboratory.store.put_schedule(schedule("once", AT, target={**target, "Input": None}))
    await laboratory.advance(2 * HOUR)
    event = laboratory.events[0][1]
    assert (event["detail-type"], event["source"], event["resources"]) == ("Scheduled Event", "aws.scheduler", [ARN])
    assert event["time"] == "2027-01-15T09:00:00Z"


async def test_lambda_retries_a_failed_event_after_one_and_two_minutes(laboratory) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""
    laboratory.fails = lambda _number: "Unhandled"
    laboratory.store.put_schedule(schedule("once", AT, target=LOST, ActionAfterCompletion="DELETE"))
    await laboratory.advance(86_400)
    assert [time - HOUR for time, _ in laboratory.events] == [0, 60, 180]
    # The Scheduler has delivered it: its dead-letter queue hears nothing of what the function does.
    assert laboratory.messages == []
    assert laboratory.said[-1].endswith("it is lost: the function has no failure destination and no dead-letter queue")
    assert laboratory.store.schedule("default", "once") is None


async def test_an_event_that_is_given_up_goes_to_the_failure_destination() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    config = {"MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": QUEUE}}}
    laboratory = Laboratory(Store(None, now=BEGIN), world(config=config), fails=lambda _number: "Unhandled")
    laboratory.store.put_schedule(schedule("once", AT, target={"Input": '{"n": 1}'}))
    await laboratory.advance(86_400)
    [(queue, record, _)] = laboratory.messages
    assert queue == QUEUE
    assert record["requestContext"] == {
        "requestId": "request-2",
        "functionArn": f"{FUNCTION}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 2,
    }
    assert (record["requestPayload"], record["responsePayload"]) == ({"n": 1}, {"errorMessage": "no"})


async def test_an_event_that_is_given_up_goes_to_the_functions_dead_letter_queue() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq"""
    function = {"DeadLetterConfig": {"TargetArn": QUEUE}}
    laboratory = Laboratory(Store(None, now=BEGIN), world(function), fails=lambda _number: "Unhandled")
    laboratory.store.put_schedule(schedule("once", AT, target={"Input": '{"n": 1}'}))
    await laboratory.advance(86_400)
    [(queue, event, attributes)] = laboratory.messages
    assert (queue, event) == (QUEUE, {"n": 1})
    assert set(attributes) == {"RequestID", "ErrorCode", "ErrorMessage"}


async def test_a_throttled_event_is_tried_until_it_is_taken(laboratory) -> None:
    laboratory.fails = lambda number: TooManyRequestsError() if number < 4 else None
    laboratory.store.put_schedule(schedule("once", AT))
    await laboratory.advance(86_400)
    assert [time - HOUR for time, _ in laboratory.events] == [0, 1, 2, 4]
    assert laboratory.runner.next_due() == float("inf")


async def test_a_target_that_the_role_may_not_invoke_goes_to_the_dead_letter_queue(laboratory) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html"""
    laboratory.allows = lambda request: request["action"] == "sqs:SendMessage"
    laboratory.store.put_schedule(schedule("once", AT, target={**LOST, "Input": '{"n": 1}'}))
    await laboratory.advance(86_400)
    assert laboratory.events == []
    [(queue, request, attributes)] = laboratory.messages
    assert queue == QUEUE
    assert request == {"FunctionName": FUNCTION, "InvocationType": "Event", "Payload": '{"n": 1}'}
    assert len(attributes.pop("EXECUTION_ID")) == 16
    assert attributes == {
        "ERROR_CODE": "AccessDeniedException",
        "ERROR_MESSAGE": "no lambda:InvokeFunction",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "0",
        "SCHEDULED_TIME": "2027-01-15T09:00:00Z",
        "SCHEDULE_ARN": ARN,
        "TARGET_ARN": FUNCTION,
    }


async def test_a_dead_letter_queue_that_the_role_may_not_send_to_is_said(laboratory) -> None:
    laboratory.allows = lambda _request: False
    laboratory.store.put_schedule(schedule("once", AT, target=LOST))
    await laboratory.advance(86_400)
    assert laboratory.messages == []
    assert "the dead-letter queue did not take it" in laboratory.said[0]


async def test_a_function_that_is_gone_goes_to_the_dead_letter_queue(laboratory) -> None:
    missing = FUNCTION.replace("remind", "gone")
    laboratory.store.put_schedule(schedule("once", AT, target={**LOST, "Arn": missing}))
    await laboratory.advance(86_400)
    assert laboratory.messages[0][2]["ERROR_CODE"] == "ResourceNotFoundException"


async def test_a_target_that_cannot_be_reached_is_tried_with_growing_pauses_until_the_retries_are_used(
    laboratory,
) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html"""
    tried: list[float] = []
    work = QUEUE.replace("lost", "work")
    send = laboratory.send

    async def sending(queue: str, body: str, attributes: dict[str, str]) -> None:
        if queue == work:
            tried.append(laboratory.now - BEGIN - HOUR)
            raise ConnectionRefusedError("nobody answers")
        await send(queue, body, attributes)

    laboratory.runner._send = sending
    target = {**LOST, "Arn": work, "RetryPolicy": {"MaximumRetryAttempts": 4}}
    laboratory.store.put_schedule(schedule("once", AT, target=target))
    await laboratory.advance(86_400)
    assert tried == [0, 1, 3, 7, 15]
    attributes = laboratory.messages[0][2]
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert attributes["RETRY_ATTEMPTS"] == "4"
    assert attributes["ERROR_CODE"] == "ServiceUnavailable"


async def test_a_target_is_not_tried_beyond_the_events_age(laboratory) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html"""

    async def judge(_request: object) -> dict[str, object]:
        raise ConnectionRefusedError("nobody answers")

    laboratory.runner._authorizer._judge = judge
    laboratory.store.put_schedule(schedule("once", AT, target={"RetryPolicy": {"MaximumEventAgeInSeconds": 60}}))
    await laboratory.advance(86_400)
    assert len(laboratory.said) == 6  # after 0, 1, 3, 7, 15 and 31 seconds
    assert laboratory.said[-1].endswith("it is lost: there is no dead-letter queue")


async def test_what_is_no_json_is_no_event(laboratory) -> None:
    laboratory.store.put_schedule(schedule("once", AT, target={"Input": "hello"}))
    await laboratory.advance(86_400)
    assert laboratory.events == []
    assert "Could not parse request body into json" in laboratory.said[0]


async def test_a_queue_gets_the_input(laboratory) -> None:
    laboratory.store.put_schedule(schedule("once", AT, target={"Arn": QUEUE, "Input": '{"n": 1}'}))
    await laboratory.advance(2 * HOUR)
    assert laboratory.messages == [(QUEUE, {"n": 1}, {})]


async def test_many_fire_in_the_order_of_their_times(laboratory) -> None:
    for number in range(300):
        minute, second = divmod(number * 7 % 300, 60)
        time = f"at(2027-01-15T09:{minute:02}:{second:02})"
        laboratory.store.put_schedule(schedule(f"s{number}", time, target={"Input": str(number * 7 % 300)}))
    await laboratory.advance(86_400)
    assert [event for _, event in laboratory.events] == [*range(300)]
    assert [time - HOUR for time, _ in laboratory.events] == [*range(300)]
