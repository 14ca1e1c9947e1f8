"""Lists by category, the newest first."""

import pytest


@pytest.fixture
def thirty(api):
    """Thirty items of one category and one of another, oldest first."""
    items = [
        api.post("/items", json={"name": f"Shoe {number}", "category": "shoes", "price": number}).json()
        for number in range(30)
    ]
    api.post("/items", json={"name": "Hat", "category": "hats", "price": 1})
    return items


def test_pages_hold_every_item_once_newest_first(api, thirty):
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        query = {"category": "shoes", "limit": 7, **({"cursor": cursor} if cursor else {})}
        page = api.get("/items", params=query).json()
        assert page["items"]
        seen, cursor, pages = seen + page["items"], page["cursor"], pages + 1
    assert seen == thirty[::-1]
    assert pages == 5


def test_since_leaves_out_what_is_older(api, thirty):
    query = {"category": "shoes", "since": thirty[20]["createdAt"], "limit": 100}
    page = api.get("/items", params=query).json()
    assert page == {"items": thirty[:19:-1], "cursor": None}


def test_a_cursor_is_good_for_its_own_query_only_and_any_change_spoils_it(api, thirty):
    first = api.get("/items", params={"category": "shoes", "limit": 7}).json()
    cursor = first["cursor"]
    assert api.get("/items", params={"category": "shoes", "limit": 3, "cursor": cursor}).status_code == 200
    changed = [cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :] for at in (0, 5, len(cursor) - 1)]
    attempts = [
        {"category": "hats", "cursor": cursor},
        {"category": "shoes", "cursor": cursor, "since": thirty[0]["createdAt"]},
        {"category": "shoes", "cursor": cursor[:-1]},
        {"category": "shoes", "cursor": "x"},
        *({"category": "shoes", "cursor": other} for other in changed),
    ]
    for query in attempts:
        answer = api.get("/items", params=query)
        assert (answer.status_code, answer.json()["error"]) == (400, "The cursor is not valid for this query")


def test_an_empty_category_is_one_empty_page(api):
    assert api.get("/items", params={"category": "none"}).json() == {"items": [], "cursor": None}
