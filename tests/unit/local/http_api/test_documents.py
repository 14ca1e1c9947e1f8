"""Events and answers are the JSON that the standard library writes and reads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.local.http_api.documents import decode, encode

TEXTS = st.text(st.characters(codec=None))  # lone surrogates, too
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def documents(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
        return st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)

    return st.recursive(st.none() | st.booleans() | TEXTS | leaves, nested, max_leaves=12)


@given(st.dictionaries(TEXTS, documents(NUMBERS), max_size=4))
def test_a_function_reads_the_event_that_was_meant(event):
    meant = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
    assert json.loads(encode(event)) == json.loads(meant)


@given(documents(NUMBERS))
def test_an_answer_is_what_a_python_function_returned(answer):
    for text in (json.dumps(answer), json.dumps(answer, ensure_ascii=False)):
        try:
            payload = text.encode()
        except UnicodeEncodeError:  # a runtime cannot send that
            continue
        assert decode(payload) == json.loads(payload)


@pytest.mark.parametrize("payload", [b"", b"{", b"[1,]", b"\xff", b'"\xed\xa0\x80"', b"[" * 100_000])
def test_what_is_no_json_is_refused(payload):
    with pytest.raises(ValueError, match=r"Expecting|Illegal|codec|nested"):
        decode(payload)
