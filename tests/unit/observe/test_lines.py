import pytest

from cumulo.observe.lines import LogLine, Query, chosen, level_of

LINE = LogLine(100.0, "items-dev-create", "created", "INFO", "r-1")


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        (Query(), True),
        (Query(functions=("items-dev-create",)), True),
        (Query(functions=("items-dev-list",)), False),
        (Query(since=100.0), True),
        (Query(since=100.1), False),
        (Query(request_id="r-2"), False),
        (Query(level="INFO"), True),
        (Query(level="WARNING"), False),
        (Query(text="eat"), True),
        (Query(text="EAT"), False),
    ],
)
def test_query(query: Query, taken: bool) -> None:
    assert query.takes(LINE) is taken


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("[ERROR]\t2026-11-21T10:00:00.000Z\tr-1\tbroken", "ERROR"),
        ("[WARN] slow", "WARNING"),
        ('{"level": "CRITICAL"}', "ERROR"),
        ('{"level": "debug"}', "DEBUG"),
        ('{"level": 7}', "INFO"),
        ('{"level"', "INFO"),
        ("[1] a list", "INFO"),
        ("plain", "INFO"),
    ],
)
def test_level(text: str, level: str) -> None:
    assert level_of(text) == level


def test_chosen_by_full_name_or_the_name_within_the_app() -> None:
    known = ["items-dev-create", "items-dev-list", "items-dev-list-all"]
    assert chosen(["items-dev-create", "list"], known) == (("items-dev-create", "items-dev-list"), ())
    assert chosen(["eate"], known) == ((), ("eate",))
    assert chosen([], known) == ((), ())
