"""Arguments of a wrong type: what each parameter says, and where."""

from collections.abc import Callable
from typing import Any

import pytest

from cumulo import (
    Alarm,
    App,
    Cors,
    CumuloError,
    Function,
    HttpApi,
    LambdaAuthorizer,
    Parameter,
    Queue,
    Stack,
    Stage,
    Table,
    Topic,
    seconds,
)
from cumulo.model.checks import check_duration, check_list

WHO = "arn:aws:lambda:eu-central-1:123456789012:function:who"


@pytest.fixture
def stack() -> Stack:
    return Stack(App("shop", Stage("dev")), "main")


def function(stack: Stack, id_: str = "work", **wrong: Any) -> Function:
    return Function(stack, id_, **{"handler": "functions.a.work", **wrong})


@pytest.mark.parametrize(
    ("declare", "says", "hint"),
    [
        (lambda s: function(s, timeout=3), "timeout is 3, not a duration", "timeout=seconds(3)"),
        (lambda s: function(s, timeout="3"), "timeout is '3', not a duration", "timeout=seconds(30)"),
        (lambda s: function(s, timeout=None), "timeout is None, not a duration", "seconds(30)"),
        (lambda s: function(s, retention=14), "retention is 14, not a duration", "retention=days(14)"),
        (lambda s: function(s, memory="512"), "memory is '512', not a whole number", "memory=512"),
        (lambda s: function(s, python=3.12), "python is 3.12, not text", 'python="3.12"'),
        (lambda s: function(s, reserved_concurrency="1"), "reserved_concurrency is '1'", "=10"),
        (lambda s: function(s, handler=print), "not text", "package.module.function"),
        (lambda s: function(s, links=["x"]), "a link is 'x'", "table.get()"),
        (lambda s: function(s, links="x"), "links is 'x', not a list", "links=['x']"),
        (lambda s: function(s, links=Queue(s, "q").send()), "links is a Link, not a list", "links=["),
        (lambda s: function(s, links=Queue(s, "q")), "links is a Queue, not a list", "links=["),
        (lambda s: function(s, links=[Queue(s, "q").send]), "a link is a method", "queue.send()"),
        (lambda s: function(s.app), "scope is an App, not a Stack", "pass the stack"),
        (lambda s: function(s, environment=["A"]), "environment is a list, not a dict", "LOG_LEVEL"),
        (lambda s: Queue(s, "q", retention=4), "retention is 4, not a duration", "retention=days(4)"),
        (lambda s: Queue(s, "q", visibility=4), "visibility is 4, not a duration", "visibility=seconds(4)"),
        (lambda s: Queue(s, "q").consume("f"), "the consumer is 'f', not a Function", "pass the Function"),
        (lambda s: Queue(s, "q").consume(function(s), window=3), "window is 3, not a duration", "seconds(3)"),
        (lambda s: Alarm(s, "a", metric=3, above=0), "metric is 3, not a Metric", "function.errors()"),
        (lambda s: Alarm(s, "a", metric=function(s).errors(), above=0, per=60), "per is 60", "per=seconds(60)"),
        (
            lambda s: Alarm(s, "a", metric=function(s).errors(), above=0, notify="me@x.org"),
            "notify is 'me@x.org', not a Topic",
            "pass the Topic",
        ),
        (lambda s: Table(s, "t", partition_key=3), "partition_key is 3, not text", "partition_key="),
        (lambda s: Topic(s, "t", emails="me@x.org"), "emails is 'me@x.org', not a list", "emails=['me@x.org']"),
        (lambda s: Parameter(s, "p", value=3), "value is 3, not text", "value="),
        (lambda s: HttpApi(s, "api", cors=True), "cors is True, not a Cors", "Cors("),
        (lambda s: HttpApi(s, "api", throttle=9), "throttle is 9, not a Throttle", "Throttle("),
        (lambda s: HttpApi(s, "api", authorizer="x"), "authorizer is 'x', not an authorizer", "None"),
        (lambda s: HttpApi(s, "api", retention=14), "retention is 14", "retention=days(14)"),
        (
            lambda s: HttpApi(s, "api").route("GET /", "f", authorizer=None),
            "a route's target is 'f', not a Function",
            "pass the Function",
        ),
    ],
)
def test_a_constructs_argument_of_a_wrong_type_is_told_with_its_line(
    stack: Stack, declare: Callable[[Stack], object], says: str, hint: str
) -> None:
    with pytest.raises(CumuloError) as caught:
        declare(stack)
    assert says in caught.value.what
    assert hint in (caught.value.hint or "")
    assert "test_checks.py:" in (caught.value.where or "")


@pytest.mark.parametrize(
    ("declare", "says"),
    [
        (lambda: Cors(origins="https://x.org"), "Cors: origins is 'https://x.org', not a list"),
        (lambda: Cors(origins=["https://x.org"], max_age=3), "Cors: max_age is 3, not a duration"),
        (lambda: LambdaAuthorizer("own", WHO, ttl=3), "authorizer 'own': ttl is 3, not a duration"),
        (lambda: LambdaAuthorizer("own", 3), "authorizer 'own': function is 3, not a Function or an ARN"),
    ],
)
def test_an_argument_of_what_is_no_construct_is_told(declare: Callable[[], object], says: str) -> None:
    with pytest.raises(CumuloError) as caught:
        declare()
    assert str(caught.value).startswith(says)


def test_what_is_right_passes() -> None:
    check_duration("x", "timeout", seconds(3))
    for value in ([], (), ["a"]):
        check_list("x", "links", value, "…")
