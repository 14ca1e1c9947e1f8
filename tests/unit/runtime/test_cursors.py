import base64
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.runtime.cursors import Cursors
from cumulo.runtime.errors import CursorError

SECRET = "a secret of sufficient length"
CURSORS = Cursors(SECRET)
POSITIONS = st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers(), max_size=4)
QUERIES = st.dictionaries(st.sampled_from(["category", "since", "limit"]), st.none() | st.text(max_size=8))


def decoded(cursor):
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


@given(POSITIONS, QUERIES)
def test_a_cursor_opens_to_its_position(position, query):
    assert CURSORS.open(CURSORS.make(position, query=query), query=query) == position


@given(POSITIONS, QUERIES)
def test_nothing_of_the_position_or_the_query_can_be_read(position, query):
    raw = decoded(CURSORS.make(position, query=query))
    for readable in (position, query):
        text = json.dumps(readable, sort_keys=True, separators=(",", ":")).encode()
        assert not any(text[at : at + 4] in raw for at in range(len(text) - 3))


def test_similar_positions_have_cursors_that_are_not_alike():
    """The keystream is another one for each position: the XOR of two cursors is not that of their texts."""
    one, other = (decoded(CURSORS.make({"PK": f"ITEM#red-shoe-{n}"}, query={})) for n in (1, 2))
    assert len(one) == len(other)
    same = sum(a == b for a, b in zip(one[1:], other[1:], strict=True))
    assert same < 8


def test_the_same_position_and_query_have_the_same_cursor():
    assert CURSORS.make({"PK": "1"}, query={"a": "b"}) == Cursors(SECRET).make({"PK": "1"}, query={"a": "b"})


@given(POSITIONS, QUERIES)
def test_a_cursor_needs_no_escaping_in_a_url(position, query):
    assert set(CURSORS.make(position, query=query)) <= set(string.ascii_letters + string.digits + "-_")


@given(POSITIONS, st.data())
def test_any_changed_character_is_refused(position, data):
    cursor = CURSORS.make(position, query={})
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters().filter(lambda character: character != cursor[at]))
    with pytest.raises(CursorError):
        CURSORS.open(cursor[:at] + other + cursor[at + 1 :], query={})


@given(POSITIONS, st.data())
def test_any_changed_byte_is_refused(position, data):
    cursor = CURSORS.make(position, query={})
    raw = bytearray(decoded(cursor))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CursorError):
        CURSORS.open(base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), query={})


@given(POSITIONS, st.data())
def test_a_shortened_or_lengthened_cursor_is_refused(position, data):
    cursor = CURSORS.make(position, query={})
    shorter = cursor[: data.draw(st.integers(0, len(cursor) - 1))]
    for wrong in (shorter, cursor + "A", cursor + "=", " " + cursor, cursor + "\n"):
        with pytest.raises(CursorError):
            CURSORS.open(wrong, query={})


@given(st.text())
def test_any_text_is_refused_and_never_crashes(text):
    with pytest.raises(CursorError):
        CURSORS.open(text, query={})


@given(POSITIONS, QUERIES, QUERIES)
def test_a_cursor_of_another_query_is_refused(position, query, other):
    cursor = CURSORS.make(position, query=query)
    if query != other:
        with pytest.raises(CursorError):
            CURSORS.open(cursor, query=other)


def test_a_cursor_of_another_secret_is_refused():
    with pytest.raises(CursorError):
        CURSORS.open(Cursors(SECRET + "!").make({"PK": "1"}, query={}), query={})


def test_a_huge_cursor_is_refused():
    with pytest.raises(CursorError):
        CURSORS.open("A" * 5000, query={})


def test_a_short_secret_is_refused_and_a_secret_is_never_shown():
    with pytest.raises(ValueError, match="at least 16"):
        Cursors("")
    assert SECRET not in repr(CURSORS)
