from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from botocore.stub import Stubber
from pydantic import BaseModel

from cumulo.runtime import linked
from cumulo.runtime.cursors import Cursors
from cumulo.runtime.errors import ConflictError, NotFoundError, ThrottledError
from cumulo.runtime.keys import Key, key
from cumulo.runtime.repository import Repository


class Shoe(BaseModel):
    id: str
    size: int = 42
    price: Decimal = Decimal("9.95")
    note: str | None = None
    made: datetime = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def table(cloud, monkeypatch):
    cloud.client("dynamodb").create_table(
        TableName="shop-test-items",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("PK", "SK", "GSI1PK", "GSI1SK")],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "GSI1",
                "KeySchema": [
                    {"AttributeName": "GSI1PK", "KeyType": "HASH"},
                    {"AttributeName": "GSI1SK", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    monkeypatch.setenv("ITEMS_TABLE_NAME", "shop-test-items")
    return linked.table("items")


@pytest.fixture
def shoes(table):
    return Repository(table, load=Shoe.model_validate, dump=Shoe.model_dump, entity="shoe")


def at(id_):
    return Key(key("SHOE", id_), key("SHOE", id_))


def shelf(id_, name="all"):
    return {"GSI1": Key(key("SHELF", name), id_)}


def test_a_model_comes_back_as_it_was(shoes):
    shoe = Shoe(id="red", price=Decimal("0.10"))
    assert shoes.create(at("red"), shoe) == shoe
    assert shoes.get(at("red"), consistent=True) == shoe


def test_dicts_work_as_well_and_hide_the_keys(table):
    plain = Repository(table, load=dict, dump=dict)
    plain.create(at("red"), {"weight": 1.5, "sizes": [41, 42]}, indexes=shelf("red"))
    assert plain.get(at("red")) == {"weight": Decimal("1.5"), "sizes": [41, 42]}


def test_what_is_not_there_is_not_found(shoes):
    for attempt in (
        lambda: shoes.get(at("none")),
        lambda: shoes.update(at("none"), {"size": 1}),
        lambda: shoes.update(at("none"), {"size": 1}, expect={"size": 42}),
        lambda: shoes.delete(at("none")),
    ):
        with pytest.raises(NotFoundError, match="There is no shoe of that id"):
            attempt()


def test_without_another_name_an_item_is_an_item(table):
    with pytest.raises(NotFoundError, match="There is no item of that id"):
        Repository(table, load=dict, dump=dict).get(at("none"))


def test_an_update_of_nothing_leaves_nothing_behind(shoes):
    with pytest.raises(NotFoundError):
        shoes.update(at("none"), {"size": 1})
    with pytest.raises(NotFoundError):
        shoes.get(at("none"))


def test_a_second_create_is_a_conflict_and_changes_nothing(shoes):
    shoes.create(at("red"), Shoe(id="red", size=40))
    with pytest.raises(ConflictError):
        shoes.create(at("red"), Shoe(id="red", size=45))
    assert shoes.get(at("red")).size == 40


def test_of_many_creates_at_once_one_wins(shoes):
    def attempt(size):
        try:
            return shoes.create(at("red"), Shoe(id="red", size=size)).size
        except ConflictError:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [size for size in pool.map(attempt, range(8)) if size is not None]
    assert winners == [shoes.get(at("red")).size]


def test_a_partial_update_leaves_the_rest(shoes):
    shoes.create(at("red"), Shoe(id="red", note="old"))
    changed = shoes.update(at("red"), {"price": Decimal("1.5"), "note": None}, increase={"size": 1})
    assert changed == Shoe(id="red", size=43, price=Decimal("1.5"), note=None)
    assert shoes.get(at("red")) == changed


def test_reserved_words_and_odd_names_are_fields_like_others(table):
    plain = Repository(table, load=dict, dump=dict)
    plain.create(at("red"), {"name": 1, "size": 2, "a.b": 3, "#x": 4})
    changes = {"name": 5, "size": None, "a.b": 6, "#x": 7, "status": "new"}
    assert plain.update(at("red"), changes) == {"name": 5, "a.b": 6, "#x": 7, "status": "new"}


def test_an_update_that_expects_something_else_is_a_conflict(shoes):
    shoes.create(at("red"), Shoe(id="red", size=40))
    with pytest.raises(ConflictError):
        shoes.update(at("red"), {"size": 1}, expect={"size": 39})
    with pytest.raises(ConflictError):
        shoes.delete(at("red"), expect={"size": 39})
    assert shoes.update(at("red"), {"size": 41}, expect={"size": 40}).size == 41
    shoes.delete(at("red"), expect={"size": 41})
    with pytest.raises(NotFoundError):
        shoes.get(at("red"))


def test_an_update_moves_an_item_in_an_index(shoes):
    shoes.create(at("red"), Shoe(id="red"), indexes=shelf("red", "new"))
    for place in (shelf("red", "sale"), {"GSI1": key("SHELF", "last")}):
        shoes.update(at("red"), {}, indexes=place)
    assert shoes.query(key("SHELF", "new"), index="GSI1").items == []
    assert shoes.query(key("SHELF", "sale"), index="GSI1").items == []
    assert ids(shoes.query(key("SHELF", "last"), index="GSI1", prefix="red")) == ["red"]


@pytest.fixture
def ten(shoes):
    for number in range(10):
        shoes.create(at(f"s{number}"), Shoe(id=f"s{number}"), indexes=shelf(f"s{number}"))
    return shoes


def ids(page):
    return [shoe.id for shoe in page.items]


@pytest.mark.parametrize("size", [1, 3, 5, 9, 10, 11])
@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_hold_every_item_once_in_order_and_none_is_empty(ten, size, newest_first):
    cursors, start, seen, pages = Cursors("a secret for the test"), None, [], 0
    while True:
        page = ten.query(key("SHELF", "all"), index="GSI1", newest_first=newest_first, limit=size, start=start)
        assert page.items
        seen, pages = seen + ids(page), pages + 1
        if page.next is None:
            break
        start = cursors.open(cursors.make(page.next, query={}), query={})
    assert seen == sorted(seen, reverse=newest_first)
    assert (len(seen), pages) == (10, -(-10 // size))


def test_since_and_prefix_choose_by_sort_key(ten):
    assert ids(ten.query(key("SHELF", "all"), index="GSI1", since="s7")) == ["s9", "s8", "s7"]
    assert ids(ten.query(key("SHELF", "all"), index="GSI1", prefix="s7")) == ["s7"]
    assert ids(ten.query(key("SHOE", "s1"), prefix="SHOE")) == ["s1"]


def test_an_empty_partition_is_one_empty_page(shoes):
    page = shoes.query("nothing")
    assert (page.items, page.next) == ([], None)


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"]
)
def test_a_throttled_call_is_told_apart(shoes, table, code):
    """The emulator never throttles: botocore's own stub answers.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    with Stubber(table.client) as stub:
        for _ in range(3):
            stub.add_client_error("get_item", code)
        with pytest.raises(ThrottledError):
            shoes.get(at("red"))


def test_another_failure_stays_what_it_is(shoes, table):
    with Stubber(table.client) as stub:
        stub.add_client_error("get_item", "AccessDeniedException")
        with pytest.raises(table.client.exceptions.ClientError):
            shoes.get(at("red"))
