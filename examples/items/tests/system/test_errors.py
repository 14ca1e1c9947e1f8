"""Every category of error has the shape, and none tells what is not the caller's."""

import json
import re

import pytest


def assert_shape(answer, status, error=None):
    """Check that an answer is an error of ours, and return its body."""
    body = answer.json()
    assert answer.status_code == status, body
    assert set(body) - {"details"} == {"error", "timestamp", "requestId"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert body["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/json"
    assert error is None or body["error"] == error
    return body


def fields(body):
    return {detail["field"] for detail in body["details"]}


def test_400_names_the_fields(api, shoe):
    body = assert_shape(api.post("/items", json={**shoe, "price": -1, "category": "No!", "color": "red"}), 400)
    assert fields(body) == {"price", "category", "color"}
    assert fields(assert_shape(api.get("/items", params={"limit": 0}), 400)) == {"query.category", "query.limit"}
    assert fields(assert_shape(api.get("/items/No!"), 400)) == {"path.id"}
    assert fields(assert_shape(api.patch("/items/red-shoe", json={}), 400)) == {"body"}


def test_400_says_in_words_what_is_wrong(api, shoe):
    def message(answer):
        (detail,) = assert_shape(answer, 400)["details"]
        return detail["field"], detail["message"]

    form = "Must be of lower-case letters a-z and digits, joined by single hyphens"
    controls = "Must have no control characters, such as line breaks"
    assert message(api.post("/items", json=[])) == ("body", "Must be a JSON object")
    assert message(api.post("/items", json={**shoe, "price": None})) == ("price", "Must be a number")
    assert message(api.post("/items", json={**shoe, "name": "a\u0000b"})) == ("name", controls)
    assert message(api.get("/items", params={"category": "Hats"})) == ("query.category", form)
    assert message(api.get("/items/No!")) == ("path.id", form)
    twice = api.get("/items", params={"category": ["hats", "shoes"]})
    assert message(twice) == ("query.category", "Send one value, not several")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"price": NaN}', b"[" * 50_000])
def test_400_for_a_body_that_is_no_item(api, body):
    assert_shape(api.post("/items", content=body, headers={"content-type": "application/json"}), 400)


def test_401_without_a_key_and_403_with_another(client, shoe):
    calls = [
        ("POST", "/items"),
        ("GET", "/items"),
        ("GET", "/items/red-shoe"),
        ("PATCH", "/items/red-shoe"),
        ("DELETE", "/items/red-shoe"),
    ]
    stranger, guesser = client(), client(headers={"x-api-key": "guess"})
    for method, path in calls:
        # Even a broken body is not looked at before the key is.
        assert_shape(stranger.request(method, path, content=b"{"), 401)
        assert_shape(guesser.request(method, path, content=b"{"), 403)


def test_404_for_what_is_not_there(api):
    told = "There is no item of that id"
    assert_shape(api.get("/items/none"), 404, told)
    assert_shape(api.patch("/items/none", json={"price": 1}), 404, told)
    assert_shape(api.delete("/items/none"), 404, told)
    assert_shape(api.get("/items/none"), 404, told)


def test_409_for_a_name_that_is_taken(api, shoe):
    first = api.post("/items", json=shoe).json()
    assert_shape(api.post("/items", json={**shoe, "name": "RED  shoe!", "price": 1}), 409)
    assert api.get("/items/red-shoe").json() == first


def test_409_for_a_version_that_has_passed(api, shoe):
    api.post("/items", json=shoe)
    assert api.patch("/items/red-shoe", json={"price": 1, "version": 1}).status_code == 200
    assert_shape(api.patch("/items/red-shoe", json={"price": 2, "version": 1}), 409)
    assert api.get("/items/red-shoe").json()["price"] == 1


def test_413_for_a_body_over_256_kb(api, shoe):
    body = json.dumps(shoe).ljust(256 * 1024).encode()
    headers = {"content-type": "application/json"}
    assert api.post("/items", content=body, headers=headers).status_code == 201
    assert_shape(api.post("/items", content=body + b" ", headers=headers), 413)


def test_415_for_another_content_type(api):
    assert_shape(api.post("/items", content=b"<item/>", headers={"content-type": "text/xml"}), 415)


def test_500_for_a_function_that_does_what_it_is_not_linked_to(invoke, api_key, shoe, logs):
    """The function that reads items is given a request to create one: its role does not let it."""
    event = {
        "version": "2.0",
        "rawPath": "/items",
        "headers": {"content-type": "application/json", "x-api-key": api_key},
        "requestContext": {"requestId": "r-1", "stage": "$default", "http": {"method": "POST", "path": "/items"}},
        "body": json.dumps(shoe),
        "isBase64Encoded": False,
    }
    answer = invoke("get-item", event).payload
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["error"]) == (500, "Something went wrong on our side")
    assert set(body) == {"error", "timestamp", "requestId"}
    assert "AccessDenied" not in json.dumps(answer)
    assert any("AccessDeniedException" in entry.text for entry in logs("get-item"))


def test_the_callers_correlation_id_joins_answer_and_log(api, logs):
    answer = api.get("/items/none", headers={"x-correlation-id": "order-7"})
    assert answer.headers["x-correlation-id"] == "order-7"
    assert any("order-7" in entry.text for entry in logs("get-item"))


def test_the_key_is_never_logged(api, api_key, shoe, logs):
    api.post("/items", json=shoe)
    api.post("/items", json=shoe)
    lines = logs()
    assert lines
    assert api_key not in "".join(entry.text for entry in lines)
