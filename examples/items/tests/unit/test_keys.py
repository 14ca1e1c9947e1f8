from datetime import UTC, datetime

from items import keys

from cumulo.runtime.keys import Key


def test_the_keys_of_the_single_table():
    assert keys.item("red-shoe") == Key("ITEM#red-shoe", "ITEM#red-shoe")
    assert keys.category("shoes") == "CATEGORY#shoes"
    assert keys.user("u1") == Key("USER#u1", "USER#profile")
    assert keys.email(" Ada@Example.org ") == "EMAIL#ada@example.org"


def test_later_items_sort_later():
    earlier = keys.recency(datetime(2026, 9, 30, tzinfo=UTC), "z")
    later = keys.recency(datetime(2026, 10, 1, tzinfo=UTC), "a")
    assert earlier < later
