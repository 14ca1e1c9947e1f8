import json

import pytest

from cumulo.observe.lines import LogLine
from cumulo.observe.show import as_json, common_prefix, shown


def text_of(text: str, level: str = "INFO") -> str:
    return shown(LogLine(0.0, "items-dev-create", text, level), colours=False, prefix="items-dev-").split(" ", 1)[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "create plain"),
        ('{"level":"INFO","message":"sold","sku":7,"who":"Ann B"}', 'create sold sku=7 who="Ann B"'),
        ('{"level":"INFO","message":{"a":1},"timestamp":"x"}', 'create message={"a": 1}'),
        ('{"message":"m","service":"s","function_name":"f","cold_start":true,"gone":null}', "create m"),
        ('{"just":"data"}', 'create {"just":"data"}'),
        ('{"message":"m","exception":"Traceback\\n  here"}', "create m\nTraceback\n  here"),
        ('{"message":"m","stackTrace":["  a\\n","  b\\n"]}', "create m\n  a\n  b"),
        ("\x1b]0;owned\x07", "create \\x1b]0;owned\\x07"),
        ("\x1b[31mred\rover", "create \\x1b[31mred\\x0dover"),
        ("c1 \x9b31m, bidi \u202e", "create c1 \\x9b31m, bidi \\x202e"),
        ('{"message":"\\u001b[31m","sku":"\\r\\u009b"}', "create \\x1b[31m sku=\\x0d\\x9b"),
        ("GET /a\x1b[2J\r 404 1.0 ms", "create GET /a\\x1b[2J\\x0d 404 1.0 ms"),
    ],
)
def test_readable(text: str, expected: str) -> None:
    assert text_of(text) == expected


def test_a_level_other_than_info_is_named() -> None:
    assert text_of("slow", "WARNING") == "create WARNING slow"


def test_colours_only_when_asked_for() -> None:
    line = LogLine(0.0, "create", "broken", "ERROR")
    assert "\x1b[31mERROR" in shown(line, colours=True)
    assert "\x1b" not in shown(line, colours=False)


def test_json_has_the_fields_of_a_json_line() -> None:
    data = json.loads(as_json(LogLine(0.0, "create", '{"message": "m", "sku": 7}', "INFO", "r-1")))
    assert (data["function"], data["requestId"], data["fields"]["sku"]) == ("create", "r-1", 7)
    assert "fields" not in json.loads(as_json(LogLine(0.0, "create", "plain")))


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        (["items-dev-create", "items-dev-list"], "items-dev-"),
        (["items-dev-list", "items-dev-list-all"], "items-dev-"),
        (["one"], ""),
        (["a-x", "b-x"], ""),
        ([], ""),
    ],
)
def test_common_prefix(names: list[str], prefix: str) -> None:
    assert common_prefix(names) == prefix
