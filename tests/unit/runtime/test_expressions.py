import pytest

from cumulo.runtime.expressions import Expression


def test_names_and_values_are_always_placeholders():
    expression = Expression()
    update = expression.update({"name": "x", "size; DROP": 2}, {})
    assert update == "SET #0 = :0, #1 = :1"
    assert expression.arguments() == {
        "ExpressionAttributeNames": {"#0": "name", "#1": "size; DROP"},
        "ExpressionAttributeValues": {":0": {"S": "x"}, ":1": {"N": "2"}},
    }


def test_a_name_used_twice_has_one_placeholder():
    expression = Expression()
    assert expression.all_of("PK", {"PK": "a"}) == "attribute_exists(#0) AND #0 = :0"


def test_no_values_argument_without_values():
    expression = Expression()
    expression.all_of("PK", {})
    assert expression.arguments() == {"ExpressionAttributeNames": {"#0": "PK"}}


def test_key_conditions():
    assert Expression().key(("PK", "SK"), "a") == "#0 = :0"
    assert Expression().key(("PK", "SK"), "a", prefix="b") == "#0 = :0 AND begins_with(#1, :1)"
    assert Expression().key(("PK", "SK"), "a", since="b") == "#0 = :0 AND #1 >= :1"
    with pytest.raises(ValueError, match="prefix or since"):
        Expression().key(("PK", "SK"), "a", prefix="b", since="c")
