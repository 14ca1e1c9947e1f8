import re

from kefir import ids


def test_ids_are_ulids():
    assert re.fullmatch(ids.PATTERN, ids.new_id())


def test_later_ids_sort_later(monkeypatch):
    made = []
    for milliseconds in (0, 1, 31, 32, 1_800_000_000_000, 2**48 - 1):
        monkeypatch.setattr(ids.time, "time_ns", lambda now=milliseconds: now * 1_000_000)
        made.append(ids.new_id())
    assert made == sorted(made)
    assert made[0].startswith("0" * 10)
    assert made[-1].startswith("7ZZZZZZZZZ")


def test_eighty_bits_of_an_id_are_random(monkeypatch):
    """So knowing when a batch was made does not help to guess its id."""
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    made = {ids.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len({each[place] for each in made}) == 32 for place in range(10, 26))
