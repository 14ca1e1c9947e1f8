from decimal import Decimal

import pytest
from items.models import ItemChanges, NewItem, slug
from pydantic import ValidationError

ITEM = {"name": "Red shoe", "category": "shoes", "price": "9.95"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Red shoe", "red-shoe"), (" Café, No. 5! ", "cafe-no-5"), ("a--b__c", "a-b-c"), ("ﬁne", "fine"), ("日本", "")],
)
def test_a_slug_is_fit_for_urls(name, expected):
    assert slug(name) == expected


def test_a_new_item_has_no_stock_and_an_exact_price():
    item = NewItem(**ITEM)
    assert (item.quantity, item.price, item.description) == (0, Decimal("9.95"), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "日本"},
        {"name": "a\u0000b"},
        {"name": "a\nb"},
        {"name": "a\u007fb"},
        {"name": "a\u0085b"},
        {"category": "shoes\n"},
        {"category": "sho\u0000es"},
        {"category": "Shoes"},
        {"category": "a#b"},
        {"price": "-1"},
        {"price": "0.001"},
        {"price": "99999999999.00"},
        {"price": "NaN"},
        {"quantity": -1},
        {"description": "x" * 2001},
        {"color": "red"},
    ],
)
def test_what_is_wrong_is_refused(wrong):
    with pytest.raises(ValidationError):
        NewItem(**{**ITEM, **wrong})


def test_a_category_is_told_its_form_in_words():
    with pytest.raises(ValidationError, match="lower-case letters a-z and digits"):
        NewItem(**{**ITEM, "category": "Hats"})


def test_names_may_have_any_script_and_signs():
    name = "Ťažká 靴 no. 5 👟"
    assert NewItem(**{**ITEM, "name": name}).name == name


def test_changes_are_only_what_was_sent():
    assert ItemChanges.model_validate({"price": 8, "version": 3}).fields() == {"price": Decimal(8)}
    assert ItemChanges.model_validate({"description": None}).fields() == {"description": None}


@pytest.mark.parametrize("wrong", [{}, {"version": 3}, {"name": "New"}, {"category": None}, {"price": None}])
def test_changes_that_change_nothing_or_too_much_are_refused(wrong):
    with pytest.raises(ValidationError):
        ItemChanges.model_validate(wrong)
