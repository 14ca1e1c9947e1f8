from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cumulo.runtime import http


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=5, pattern="^[a-z]*$")] = "a"
    price: Annotated[Decimal, Field(ge=0, lt=100, decimal_places=2)] = Decimal(1)
    weight: float = 1.5
    count: Annotated[int, Field(gt=0, le=9)] = 1
    gift: bool = False
    tags: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    notes: dict[str, str] = {}
    size: Literal["s", "m", "l"] = "s"
    at: AwareDatetime = datetime(2026, 3, 1, tzinfo=UTC)


class Required(BaseModel):
    name: str


app = http.resolver()


@app.post("/orders")
def order(order: Order) -> dict[str, str]:
    return {}


@app.post("/required")
def required(required: Required) -> dict[str, str]:
    return {}


@app.get("/orders")
def find(
    name: Annotated[str, Query(max_length=5)], limit: Annotated[int, Query(ge=1)] = 1, at: AwareDatetime | None = None
) -> dict[str, str]:
    return {}


HANDLER = http.handler(app)
TIME = "Must be a date and time such as 2026-03-01T12:00:00Z"


@pytest.fixture
def details(event, context, told):
    """Send a request and return its details: field → message."""

    def send(*request, **more):
        status, body = told(HANDLER(event(*request, **more), context))
        assert status == 400
        return {detail["field"]: detail["message"] for detail in body["details"]}

    return send


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", 3, "Must be a text"),
        ("name", "", "Must have at least 1 character"),
        ("name", "abcdef", "Must have at most 5 characters"),
        ("name", "No", "Does not have the form that is asked for"),
        ("price", None, "Must be a number"),
        ("price", "x", "Must be a number"),
        ("price", [], "Must be a number"),
        ("price", "NaN", "Must be a number"),
        ("price", -1, "Must be greater than or equal to 0"),
        ("price", 100, "Must be less than 100"),
        ("price", "0.001", "Must have no more than 2 decimal places"),
        ("weight", "x", "Must be a number"),
        ("weight", None, "Must be a number"),
        ("count", 1.5, "Must be a whole number"),
        ("count", "x", "Must be a whole number"),
        ("count", None, "Must be a whole number"),
        ("count", "1" * 5000, "Has too many digits"),
        ("count", 0, "Must be greater than 0"),
        ("count", 10, "Must be less than or equal to 9"),
        ("gift", "perhaps", "Must be true or false"),
        ("gift", None, "Must be true or false"),
        ("tags", "a", "Must be a list"),
        ("tags", [], "Must have at least 1 item, not 0"),
        ("tags", ["a", "b", "c"], "Must have at most 2 items, not 3"),
        ("notes", [], "Must be a JSON object"),
        ("size", "xl", "Must be 's', 'm' or 'l'"),
        ("at", "x", TIME),
        ("at", [], TIME),
        ("at", "2026-03-01T12:00:00", f"{TIME}, with its time zone"),
        ("more", 1, "There is no such field"),
    ],
)
def test_a_field_is_told_in_plain_words(details, field, value, message):
    assert details("POST", "/orders", body={field: value}) == {field: message}


def test_a_missing_field_is_told_in_plain_words(details):
    assert details("POST", "/required", body={}) == {"name": "Is required"}
    assert details(path="/orders") == {"query.name": "Is required"}


@pytest.mark.parametrize("body", ["[]", "3", '"x"'])
def test_a_body_that_is_no_object_is_told_in_plain_words(details, body):
    assert details("POST", "/orders", body=body) == {"body": "Must be a JSON object"}


@pytest.mark.parametrize(("name", "one"), [("name", "a"), ("limit", "1"), ("at", "2026-03-01T12:00:00Z")])
def test_a_parameter_given_twice_is_to_be_given_once(details, name, one):
    """Format 2.0 joins the values with a comma; only the raw query string tells them from a comma in a value.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    found = details(path="/orders", query={"name": "a", name: [one, one]})
    assert found == {f"query.{name}": "Send one value, not several"}


def test_a_comma_in_a_parameter_is_part_of_its_value(event, context):
    assert HANDLER(event(path="/orders", query={"name": "a,b"}), context)["statusCode"] == 200
