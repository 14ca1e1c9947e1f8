"""Splitting what a worker writes into log lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.local.functions.logs import MAX_LINE, LogParser, level_of


def frame(text: str, kind: int = 0x03) -> bytes:
    message = text.encode()
    return bytes([0xA5, 0x5A, 0x00, kind]) + len(message).to_bytes(4, "big") + bytes(8) + message


def parse(data: bytes, size: int) -> list[tuple[str, str]]:
    parser = LogParser()
    lines = [
        line for start in range(0, len(data), size) for line in parser.feed(data[start : start + size])
    ] + parser.flush()
    return [(line.text, line.level) for line in lines]


def test_lines_and_frames_keep_their_order():
    data = b"one\n" + frame("two\nlines\n", 0x17) + b"three\n" + frame("four") + b"five"
    texts = parse(data, len(data))
    assert texts == [
        ("one", "INFO"),
        ("two\nlines", "ERROR"),
        ("three", "INFO"),
        ("four", "INFO"),
        ("five", "INFO"),
    ]


def test_a_frame_ends_an_unfinished_line():
    assert [text for text, _ in parse(b"begun" + frame("framed") + b" after\n", 1000)] == [
        "begun",
        "framed",
        " after",
    ]


_PIECES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=20).map(
        lambda text: (text, text.encode() + b"\n")
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=20).map(
        lambda text: (text, frame(text))
    ),
)


@given(st.lists(_PIECES, max_size=10), st.integers(1, 40))
def test_any_cut_of_the_stream_gives_the_same_lines(pieces, size):
    data = b"".join(raw for _, raw in pieces)
    assert [text for text, _ in parse(data, size)] == [text for text, _ in pieces]


def test_bytes_that_are_no_utf8_do_not_stop_the_log():
    assert parse(b"\xff\xa5\x5aabc\nnext\n", 3)[1] == ("next", "INFO")


def test_log_lines_are_cut_at_256_kb():
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: event size."""
    lines = parse(b"x" * (MAX_LINE * 2 + 10) + b"\nend\n", 65_536)
    assert [len(text) for text, _ in lines] == [MAX_LINE, MAX_LINE, 10, 3]
    framed = parse(frame("y" * (MAX_LINE + 5)) + b"end\n", 65_536)
    assert [len(text) for text, _ in framed] == [MAX_LINE, 5, 3]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("plain", "INFO"),
        ("[ERROR] ValueError: no", "ERROR"),
        ("[WARNING]\t2026", "WARNING"),
        ("[x] y", "INFO"),
        ('{"level":"ERROR","message":"m"}', "ERROR"),
        ('{"level": "critical"}', "ERROR"),
        ('{"message": "m"}', "INFO"),
        ("{broken", "INFO"),
    ],
)
def test_level_of_a_line(text, level):
    assert level_of(text) == level


def test_errors_of_the_runtime_client_are_plain_text():
    """Its indentation is of no-break spaces, and its traceback may be empty."""
    traced = '[ERROR] E: a\u00a0b\nTraceback (most recent call last):\n\u00a0\u00a0File "x"'
    [(text, level)] = parse(frame(traced, 0x17), 1000)
    assert (text, level) == ('[ERROR] E: a\u00a0b\nTraceback (most recent call last):\n  File "x"', "ERROR")
    assert parse(frame("[ERROR] E: no\nTraceback (most recent call last):\n", 0x17), 1000) == [
        ("[ERROR] E: no", "ERROR")
    ]
    assert parse("\u00a0own\n".encode(), 1000) == [("\u00a0own", "INFO")]
