import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.errors import CumuloError
from cumulo.model import names

kebab = st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,5}", fullmatch=True)


@given(kebab)
def test_kebab_case_is_accepted(id_: str) -> None:
    assert names.check_id("table", id_) == id_


@pytest.mark.parametrize("id_", ["", "Items", "my_table", "a--b", "-a", "a-", "1a", "a b", "ä", "a\n"])
def test_other_spellings_are_refused_with_a_suggestion_that_is_accepted(id_: str) -> None:
    with pytest.raises(CumuloError) as caught:
        names.check_id("table", id_)
    suggestion = re.search(r"'(.*)'", caught.value.hint or "")
    assert suggestion
    assert names.check_id("table", suggestion[1])


def test_a_name_too_long_is_refused() -> None:
    with pytest.raises(CumuloError, match="65 characters, at most 64"):
        names.check_id("table", "a" * 65)


@given(kebab, kebab, kebab, st.integers(min_value=16, max_value=80))
def test_physical_names_fit_their_limit_and_stay_kebab_case(app: str, stage: str, id_: str, limit: int) -> None:
    name = names.physical(app, stage, id_, limit=limit)
    assert len(name) <= limit
    assert names.KEBAB.match(name)


@given(kebab, kebab)
def test_different_long_names_stay_different(one: str, other: str) -> None:
    shortened = [names.physical("app", "dev", "x" * 40, id_, limit=30) for id_ in (one, other)]
    assert (shortened[0] == shortened[1]) == (one == other)


@given(kebab, kebab)
def test_logical_ids_are_letters_and_digits(id_: str, kind: str) -> None:
    assert names.logical(id_, kind).isalnum()


@pytest.mark.parametrize(
    ("id_", "kind", "attribute", "variable"),
    [
        ("items", "table", "name", "ITEMS_TABLE_NAME"),
        ("table", "table", "name", "TABLE_NAME"),
        ("orders-queue", "queue", "url", "ORDERS_QUEUE_URL"),
        ("api-key", "secret", "arn", "API_KEY_SECRET_ARN"),
    ],
)
def test_variables_name_id_kind_and_attribute(id_: str, kind: str, attribute: str, variable: str) -> None:
    assert names.variable(id_, kind, attribute) == variable
