import base64
import io
import json
import logging
import os
import re
import subprocess
import sys
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.exceptions import (
    ForbiddenError,
    InternalServerError,
    UnauthorizedError,
)
from aws_lambda_powertools.event_handler.openapi.params import Query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from cumulo.runtime import http
from cumulo.runtime.api_key import require_api_key
from cumulo.runtime.errors import ConflictError, CursorError, NotFoundError, ThrottledError

SECRET_TEXT = "password=hunter2"


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=5)
    price: Decimal | None = Field(None, max_digits=8)
    weight: float | None = None
    tags: list[str] = []

    @field_validator("name")
    @classmethod
    def no_digits(cls, name: str) -> str:
        if name == "leak":
            raise ValueError(SECRET_TEXT)
        return name


FAILURES = {
    "missing": (NotFoundError(), 404, "Not found"),
    "taken": (ConflictError("It exists already"), 409, "It exists already"),
    "busy": (ThrottledError(), 429, "Too many requests"),
    "cursor": (CursorError(), 400, "The cursor is not valid for this query"),
    "who": (UnauthorizedError("Sign in"), 401, "Sign in"),
    "no": (ForbiddenError("Not yours"), 403, "Not yours"),
    "bug": (RuntimeError(SECRET_TEXT), 500, "Something went wrong on our side"),
    "inner": (InternalServerError(SECRET_TEXT), 500, "Internal Server Error"),
}


def make_handler(**options):
    app = http.resolver()

    @app.post("/things")
    def create(thing: Thing) -> Thing:
        return thing

    @app.get("/things")
    def find(limit: Annotated[int, Query(ge=1, le=100)] = 25) -> dict[str, int]:
        return {"limit": limit}

    @app.get("/fails/<how>")
    def fail(how: str) -> dict[str, str]:
        raise FAILURES[how][0]

    @app.get("/wrong-answer")
    def wrong() -> Thing:
        return {"name": "far too long"}

    @app.get("/unserialisable")
    def unserialisable() -> Any:
        return http.Response(200, content_type="application/json", body={"x": object()})

    return http.handler(app, **options)


HANDLER = make_handler()


@pytest.fixture
def log():
    """What the handler logs, a list of the parsed lines."""
    stream = io.StringIO()
    target = logging.StreamHandler(stream)
    target.setFormatter(http.logger.registered_formatter)
    http.logger.addHandler(target)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    http.logger.removeHandler(target)


@pytest.mark.parametrize("how", FAILURES)
def test_every_failure_has_the_shape_and_none_tells_an_exceptions_text(event, context, told, how):
    response = HANDLER(event(path=f"/fails/{how}"), context)
    status, body = told(response)
    assert (status, body["error"]) == FAILURES[how][1:]
    assert set(body) == {"error", "timestamp", "requestId"}
    assert body["requestId"] == "request-1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert "hunter2" not in json.dumps(response)


def test_too_many_requests_says_when_to_come_back(event, context):
    assert HANDLER(event(path="/fails/busy"), context)["headers"]["Retry-After"] == "1"


def test_an_unknown_path_has_the_shape(event, context, told):
    status, body = told(HANDLER(event(path="/nowhere"), context))
    assert (status, body["error"], set(body)) == (404, "Not found", {"error", "timestamp", "requestId"})


def test_validation_names_the_fields(event, context, told):
    status, body = told(HANDLER(event("POST", "/things", body={"name": "toolong", "price": "x", "more": 1}), context))
    assert status == 400
    assert {detail["field"] for detail in body["details"]} == {"name", "price", "more"}
    assert {"field": "name", "message": "Must have at most 5 characters"} in body["details"]


def test_a_nested_field_and_a_query_parameter_are_named_by_their_path(event, context, told):
    _, body = told(HANDLER(event("POST", "/things", body={"name": "x", "tags": ["a", 1]}), context))
    assert [detail["field"] for detail in body["details"]] == ["tags.1"]
    _, body = told(HANDLER(event(path="/things", query={"limit": "0"}), context))
    assert [detail["field"] for detail in body["details"]] == ["query.limit"]


def test_the_text_of_an_exception_in_a_validator_stays_here(event, context, told):
    status, body = told(HANDLER(event("POST", "/things", body={"name": "leak"}), context))
    assert (status, body["details"]) == (400, [{"field": "name", "message": "Not a valid value"}])


@pytest.mark.parametrize(
    "body",
    [
        "{",
        '{"name": "a", "price": NaN}',
        '{"name": "a", "price": 1e999}',
        "[" * 100_000,
        '{"name": "\\ud800"}',
        '{"name": %s}' % ("1" * 5000),
    ],
    ids=["broken", "nan", "huge exponent", "deep", "surrogate", "digits"],
)
def test_a_body_that_is_no_usable_json_is_refused(event, context, told, body):
    status, answer = told(HANDLER(event("POST", "/things", body=body), context))
    assert status == 400
    assert answer["details"][0]["field"] in {"body", "name"}


@pytest.mark.parametrize("body", [None, "", "[]", "null", '"x"', "3"])
def test_a_body_of_another_kind_is_refused(event, context, told, body):
    assert told(HANDLER(event("POST", "/things", body=body), context))[0] == 400


@pytest.mark.parametrize("body", ["%%%", base64.b64encode(b"\xff\xfe").decode()], ids=["no base64", "no utf-8"])
def test_a_body_that_is_no_text_is_refused(event, context, told, body):
    status, answer = told(HANDLER(event("POST", "/things", body=body, base64=True), context))
    assert (status, answer["error"]) == (400, "The body is not UTF-8 text")


def test_a_body_in_base64_is_read(event, context, told):
    body = base64.b64encode(b'{"name": "a"}').decode()
    assert told(HANDLER(event("POST", "/things", body=body, base64=True), context))[0] == 200


def test_numbers_keep_their_digits(event, context, told):
    body = '{"name": "a", "price": 0.10, "weight": 1.5}'
    status, answer = told(HANDLER(event("POST", "/things", body=body), context))
    assert (status, answer["price"], answer["weight"]) == (200, "0.10", 1.5)


@pytest.mark.parametrize("binary", [False, True], ids=["plain", "base64"])
def test_a_body_over_the_limit_is_413_and_at_the_limit_is_read(event, context, told, binary):
    handler = make_handler(longest_body=100)

    def answer(size):
        text = json.dumps({"name": "a"}).ljust(size)
        body = base64.b64encode(text.encode()).decode() if binary else text
        return told(handler(event("POST", "/things", body=body, base64=binary), context))[0]

    assert (answer(100), answer(101), answer(10_000)) == (200, 413, 413)


def test_another_content_type_is_415(event, context, told):
    request = event("POST", "/things", body="<a/>", headers={"content-type": "text/xml"})
    assert told(HANDLER(request, context))[0] == 415


@pytest.mark.parametrize("path", ["/wrong-answer", "/unserialisable"])
def test_a_wrong_answer_of_ours_is_our_fault(event, context, told, path):
    assert told(HANDLER(event(path=path), context))[0] == 500


@pytest.mark.parametrize("odd", [{}, {"requestContext": None}, {"requestContext": {"http": {}}}, {"headers": []}])
def test_an_event_that_is_none_of_api_gateways_has_the_shape(context, told, odd):
    status, body = told(HANDLER(odd, context))
    assert (status, body["requestId"]) == (500, "invocation-1")


def test_a_guard_comes_before_validation(event, context, told):
    handler = make_handler(guards=[require_api_key(SimpleNamespace(value=lambda: "the key"))])

    def status(headers):
        return told(handler(event("POST", "/things", body="{", headers=headers), context))[0]

    assert status({}) == 401
    assert status({"x-api-key": ""}) == 401
    assert status({"x-api-key": "another"}) == 403
    assert status({"x-api-key": "the kéy\ud800"}) == 403
    assert status({"x-api-key": "the key"}) == 400


def test_responses_carry_the_ids(event, context):
    plain = HANDLER(event(path="/things"), context)["headers"]
    assert (plain["x-request-id"], plain["x-correlation-id"]) == ("request-1", "request-1")
    given = HANDLER(event(path="/things", headers={"x-correlation-id": "order:7"}), context)["headers"]
    assert (given["x-request-id"], given["x-correlation-id"]) == ("request-1", "order:7")


@pytest.mark.parametrize("bad", ["a b", "x" * 129, 'a"b', "a\nb", "é", ""])
def test_a_correlation_id_that_could_do_harm_is_not_taken(event, context, bad):
    answered = HANDLER(event(path="/things", headers={"x-correlation-id": bad}), context)["headers"]
    assert answered["x-correlation-id"] == "request-1"


def test_log_lines_carry_the_ids_and_an_error_its_trace(event, context, log):
    HANDLER(event(path="/fails/bug", headers={"x-correlation-id": "c-1"}), context)
    (line,) = log()
    assert (line["level"], line["request_id"], line["correlation_id"], line["function_request_id"]) == (
        "ERROR",
        "request-1",
        "c-1",
        "invocation-1",
    )
    assert "RuntimeError" in line["exception"]
    assert [name for name, value in line.items() if "raise FAILURES[how][0]" in json.dumps(value)] == ["exception"]


def test_log_lines_name_the_service_of_the_environment():
    code = "from cumulo.runtime import http; http.logger.info('said')"
    environment = {**os.environ, "POWERTOOLS_SERVICE_NAME": "shop"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["service"] == "shop"


def test_ids_of_one_request_do_not_stay_for_the_next(event, context, log):
    HANDLER(event(path="/fails/missing", request_id="one"), context)
    http.logger.info("between")
    HANDLER(event(path="/fails/missing", request_id="two"), context)
    assert [line.get("request_id") for line in log()] == ["one", None, "two"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_no_body_makes_it_fail(event, context, told, text):
    assert told(HANDLER(event("POST", "/things", body=text), context))[0] in {200, 400}
