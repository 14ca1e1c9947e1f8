"""https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html."""

import asyncio
import json
from typing import Any

import pytest

from cumulo.local.invoking import (
    InvocationResult,
    RequestTooLargeError,
    TooManyRequestsError,
    UnknownFunctionError,
)
from cumulo.local.triggers.pools import ATTEMPTS, PoolTriggers
from cumulo.local.world import Resource, World

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:create"
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
REQUEST = {"function": FUNCTION, "source": POOL, "event": {"userName": "ann"}}


class Functions:
    """Runs one function in this process."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.calls: list[tuple[str, Any]] = []

    async def invoke(self, function: str, payload: bytes, timeout: float | None = None) -> InvocationResult:
        self.calls.append((function, json.loads(payload)))
        async with asyncio.timeout(timeout):
            return await self.function()


def answering(payload: object, error: str | None = None) -> Functions:
    async def function() -> InvocationResult:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return InvocationResult("1", raw, error, 1.0)

    return Functions(function)


def raising(problem: Exception) -> Functions:
    async def function() -> InvocationResult:
        raise problem

    return Functions(function)


def triggers(functions: Functions, timeout: float = 5.0, **changed: Any) -> PoolTriggers:
    properties = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": FUNCTION,
        "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": POOL,
    }
    permission = Resource("a", "P", "AWS::Lambda::Permission", "p", {**properties, **changed})
    made = PoolTriggers(functions, timeout)
    made.update(World("123456789012", "eu-west-1", (permission,)))
    return made


async def test_the_event_reaches_the_function_and_its_answer_the_pool() -> None:
    functions = answering({"response": {"answerCorrect": True}})
    assert await triggers(functions).answer(REQUEST) == {"payload": {"response": {"answerCorrect": True}}}
    assert functions.calls == [(FUNCTION, {"userName": "ann"})]


async def test_a_function_that_fails_is_a_failure_with_its_message() -> None:
    functions = answering({"errorMessage": "no", "errorType": "ValueError"}, "Unhandled")
    assert await triggers(functions).answer(REQUEST) == {"failure": "no"}


async def test_an_answer_that_is_no_json_is_nothing() -> None:
    assert await triggers(answering(b"\xff")).answer(REQUEST) == {"payload": None}


async def test_a_function_that_does_not_answer_in_time_is_called_three_times() -> None:
    functions = Functions(lambda: asyncio.Event().wait())
    answer = await triggers(functions, timeout=0.01).answer(REQUEST)
    assert answer == {"failure": "Socket timeout while invoking Lambda function"}
    assert len(functions.calls) == ATTEMPTS == 3


@pytest.mark.parametrize(
    ("problem", "refusal"),
    [
        (UnknownFunctionError(), "ResourceNotFoundException"),
        (TooManyRequestsError(), "TooManyRequestsException"),
        (RequestTooLargeError(), "RequestTooLargeException"),
    ],
)
async def test_a_function_that_cannot_be_called_is_a_refusal(problem: Exception, refusal: str) -> None:
    assert await triggers(raising(problem)).answer(REQUEST) == {"refusal": refusal}


@pytest.mark.parametrize(
    "changed",
    [
        {"SourceArn": POOL.replace("Abc", "Other")},
        {"Principal": "apigateway.amazonaws.com"},
        {"FunctionName": FUNCTION.replace("create", "other")},
        {"Action": "lambda:GetFunction"},
    ],
)
async def test_without_permission_nothing_is_called(changed: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html."""
    functions = answering({})
    assert await triggers(functions, **changed).answer(REQUEST) == {"refusal": "AccessDeniedException"}
    assert functions.calls == []


@pytest.mark.parametrize("changed", [{"FunctionName": "create"}, {"SourceArn": POOL.replace("Abc", "*")}])
async def test_a_permission_may_name_the_function_shortly_and_pools_by_pattern(changed: dict[str, str]) -> None:
    assert "payload" in await triggers(answering({}), **changed).answer(REQUEST)
