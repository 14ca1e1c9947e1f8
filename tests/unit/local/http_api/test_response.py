"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.local.http_api.response import MalformedResponseError, Response, response_v1, response_v2


def v2(answer):
    return response_v2(json.dumps(answer).encode())


def v1(answer):
    return response_v1(json.dumps(answer).encode())


JSON = [(b"content-type", b"application/json")]
TEXT = (b"content-type", b"text/plain;charset=UTF-8")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b'"Hello from Lambda!"', b"Hello from Lambda!"),
        (b'{ "message": "Hello" }', b'{ "message": "Hello" }'),
        (b"[1, 2]", b"[1, 2]"),
        (b"null", b"null"),
        (b'"k\\u00f6der"', "köder".encode()),
    ],
)
def test_2_0_an_answer_without_status_is_inferred_to_be_the_body(answer, body):
    assert response_v2(answer) == Response(200, JSON, body)


def test_2_0_a_full_answer():
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "text/html", "X-Count": 3, "X-Yes": True, "X-None": None},
        "cookies": ["a=1", "b=2; HttpOnly"],
        "body": "<p>",
        "multiValueHeaders": {"x-ignored": ["1"]},
    }
    headers = [
        (b"content-type", b"text/html"),
        (b"x-count", b"3"),
        (b"x-yes", b"true"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2; HttpOnly"),
    ]
    assert v2(answer) == Response(201, headers, b"<p>")


def test_a_status_alone_is_an_empty_text():
    assert v2({"statusCode": 204}) == v1({"statusCode": "204"}) == Response(204, [TEXT], b"")


def test_a_base64_body_is_decoded():
    assert v2({"statusCode": 200, "body": "AAH/", "isBase64Encoded": True}).body == b"\x00\x01\xff"


def test_1_0_multi_value_headers_win_over_headers():
    answer = {
        "statusCode": 200,
        "headers": {"X-A": "1", "X-B": "2"},
        "multiValueHeaders": {"x-a": ["3", "4"], "Set-Cookie": ["a=1", "b=2"]},
        "cookies": ["ignored=1"],
    }
    expected = [(b"x-b", b"2"), (b"x-a", b"3"), (b"x-a", b"4"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), TEXT]
    assert v1(answer) == Response(200, expected, b"")


@pytest.mark.parametrize("answer", ["Hello", {"message": "x"}, None, [1]])
def test_1_0_infers_nothing(answer):
    with pytest.raises(MalformedResponseError):
        v1(answer)


@pytest.mark.parametrize("read", [v1, v2])
@pytest.mark.parametrize(
    "wrong",
    [
        {"statusCode": "abc"},
        {"statusCode": 42},
        {"statusCode": 100},
        {"statusCode": 600},
        {"statusCode": True},
        {"statusCode": None},
        {"statusCode": 200.0},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 7},
        {"statusCode": 200, "headers": ["x"]},
        {"statusCode": 200, "headers": {"x": ["1"]}},
        {"statusCode": 200, "headers": {"x": "1\r\nset-cookie: evil=1"}},
        {"statusCode": 200, "headers": {"bad name": "1"}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
    ],
)
def test_a_malformed_answer_is_refused(read, wrong):
    with pytest.raises(MalformedResponseError):
        read(wrong)


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff"])
def test_what_is_not_json_is_refused(payload):
    with pytest.raises(MalformedResponseError):
        response_v2(payload)


def test_2_0_cookies_must_be_a_list():
    with pytest.raises(MalformedResponseError):
        v2({"statusCode": 200, "cookies": "a=1"})


def test_1_0_multi_value_headers_must_be_lists():
    with pytest.raises(MalformedResponseError):
        v1({"statusCode": 200, "multiValueHeaders": {"x": "1"}})


def test_the_headers_of_the_connection_are_the_gateways_own():
    headers = {"Content-Length": "999", "Transfer-Encoding": "chunked", "Connection": "close", "apigw-requestid": "x"}
    assert v2({"statusCode": 200, "headers": headers}).headers == [TEXT]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_answers = st.fixed_dictionaries(
    {"statusCode": st.just(200) | _json},
    optional=dict.fromkeys(
        ("headers", "cookies", "body", "isBase64Encoded", "multiValueHeaders", "content-type"), _json
    ),
)


@given(_answers | _json, st.sampled_from([v1, v2]))
def test_any_answer_is_either_a_sendable_response_or_malformed(answer, read):
    try:
        response = read(answer)
    except MalformedResponseError:
        return
    assert 200 <= response.status <= 599
    for name, value in response.headers:
        assert name
        assert name == name.lower()
        assert not any((byte < 32 and byte != 9) or byte == 127 for byte in name + value)
