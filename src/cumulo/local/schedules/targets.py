"""What the Scheduler sends to a target, and to the dead-letter queue when the target does not take it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from cumulo.local.invoking import InvocationResult
from cumulo.local.schedules.records import Execution, timestamp

ACTIONS = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage"}
"""What the schedule's role has to allow for a target of these services."""


def service(target: Mapping[str, Any]) -> str:
    """Return the service of a target's ARN: ``"lambda"``."""
    return str(target["Arn"]).split(":")[2]


def payload(execution: Execution, schedule_arn: str) -> str:
    """Return what the target gets: its ``Input`` with the context attributes filled in.

    Without an input a target gets a "Scheduled Event".
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html

    Parameters
    ----------
    execution
        The occurrence.
    schedule_arn
        The schedule's ARN.
    """
    if "Input" not in execution.target:
        _, _, _, region, account, _ = schedule_arn.split(":", 5)
        event = {
            "version": "0",
            "id": str(uuid.UUID(hex=execution.id * 2, version=4)),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": account,
            "time": timestamp(execution.scheduled),
            "region": region,
            "resources": [schedule_arn],
            "detail": "{}",
        }
        return json.dumps(event)
    filled = str(execution.target["Input"])
    if "<aws.scheduler." not in filled:
        return filled
    for name, value in {
        "schedule-arn": schedule_arn,
        "scheduled-time": timestamp(execution.scheduled),
        "execution-id": execution.id,
        # Lambda's own attempts are not the Scheduler's: the event is the same in all of them.
        "attempt-number": str(execution.attempt if execution.phase == "delivery" else 1),
    }.items():
        filled = filled.replace(f"<aws.scheduler.{name}>", value)
    return filled


def request_body(execution: Execution, payload: str) -> str:
    """Return the request to the target as JSON: the body of a dead-letter message."""
    arn = execution.target["Arn"]
    if service(execution.target) == "lambda":
        return json.dumps({"FunctionName": arn, "InvocationType": "Event", "Payload": payload})
    return json.dumps({"QueueUrl": arn, "MessageBody": payload})


def dead_letter_attributes(
    execution: Execution, schedule_arn: str, code: str, message: str, condition: str | None
) -> dict[str, str]:
    """Return the message attributes of a dead letter.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html

    Parameters
    ----------
    execution
        What could not be delivered, in its last attempt.
    schedule_arn
        The schedule's ARN.
    code, message
        What the target answered at last.
    condition
        Which limit of the retry policy was reached; ``None`` when the error was one that no retry mends.
    """
    attributes = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message,
        "EXECUTION_ID": execution.id,
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(execution.attempt - 1),
        "SCHEDULED_TIME": timestamp(execution.scheduled),
        "SCHEDULE_ARN": schedule_arn,
        "TARGET_ARN": execution.target["Arn"],
    }
    return attributes | ({"EXHAUSTED_RETRY_CONDITION": condition} if condition else {})


def failure_record(
    execution: Execution, event: str, result: InvocationResult, now: float, condition: str
) -> dict[str, Any]:
    """Return what Lambda sends to the failure destination of an event that it gives up.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    return {
        "version": "1.0",
        "timestamp": timestamp(now).replace("Z", ".000Z"),
        "requestContext": {
            "requestId": result.request_id,
            "functionArn": f"{execution.target['Arn']}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": execution.attempt,
        },
        "requestPayload": json.loads(event),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": result.error},
        "responsePayload": json.loads(result.payload or b"null"),
    }
