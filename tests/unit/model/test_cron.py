from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cumulo.model import cron

START = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


WEEKDAYS = st.sampled_from(["*", "1", "7", "2-6", "6-2", "3,5", "1,4-5", "7-7"])


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    terms = st.one_of(
        number.map(str),
        st.tuples(number, number).map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(number, st.integers(1, 20)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
        st.integers(1, 20).map(lambda step: f"*/{step}"),
    )
    return st.one_of(st.just("*"), st.lists(terms, min_size=1, max_size=3).map(",".join))


def takes(field: str, number: int, low: int, high: int) -> bool:
    """Say whether a field takes a number: the rules once more, told in another way."""
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        first = str(low) if first == "*" else first
        last = last or (str(high) if span == "*" or step else first)
        size = high - low + 1
        distance = (number - int(first)) % size
        if distance <= (int(last) - int(first)) % size and distance % int(step or 1) == 0:
            return True
    return False


@given(numbers(0, 59), numbers(0, 23), WEEKDAYS, st.datetimes(START, START + timedelta(days=400)))
def test_the_next_time_is_the_first_minute_that_matches(minute, hour, weekday, now) -> None:
    now = now.replace(second=0, microsecond=0)
    found = next(cron.parse(f"{minute} {hour} ? * {weekday} *").times(now))
    expected = now
    while not (
        takes(minute, expected.minute, 0, 59)
        and takes(hour, expected.hour, 0, 23)
        and takes(weekday, expected.isoweekday() % 7 + 1, 1, 7)
    ):
        expected += timedelta(minutes=1)
    assert found == expected


@given(
    numbers(0, 59), numbers(0, 23), numbers(1, 31), numbers(1, 12), st.datetimes(START, START + timedelta(days=4000))
)
def test_times_come_in_order_and_match_their_own_fields(minute, hour, day, month, now) -> None:
    times = cron.parse(f"{minute} {hour} {day} {month} ? *").times(now)
    found = [time for time, _ in zip(times, range(50), strict=False)]
    assert found == sorted(set(found))
    for time in found:
        assert time >= now
        assert takes(minute, time.minute, 0, 59)
        assert takes(hour, time.hour, 0, 23)
        assert takes(day, time.day, 1, 31)
        assert takes(month, time.month, 1, 12)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("0 9 L * ? *", ["01-31", "02-28", "03-31"]),
        ("0 9 LW * ? *", ["01-30", "02-27", "03-31"]),
        ("0 9 1W * ? *", ["01-01", "02-02", "03-02"]),  # 1 February and 1 March 2026 are Sundays
        ("0 9 31W * ? *", ["01-30", "03-31", "05-29"]),
        ("0 9 15W * ? *", ["01-15", "02-16", "03-16"]),
        ("0 9 ? * 6L *", ["01-30", "02-27", "03-27"]),
        ("0 9 ? * FRIL *", ["01-30", "02-27", "03-27"]),
        ("0 9 ? * L *", ["01-03", "01-10", "01-17"]),
        ("0 9 ? * 2#1 *", ["01-05", "02-02", "03-02"]),
        ("0 9 ? * SAT#5 *", ["01-31", "05-30", "08-29"]),
        ("0 9 ? * FRI-MON *", ["01-02", "01-03", "01-04", "01-05", "01-09"]),
        ("0 9 1 NOV-FEB ? *", ["01-01", "02-01", "11-01", "12-01"]),
        ("0 9 29 2 ? *", []),
        ("0 9 1,15,L jan ? 2026", ["01-01", "01-15", "01-31"]),
        ("0-15/15 8-8 ? * 2,3 2026", ["01-05", "01-05", "01-06"]),
    ],
)
def test_day_fields_as_documented(fields, expected) -> None:
    """https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based"""
    times = cron.parse(fields).times(START)
    found = [f"{time:%m-%d}" for time, _ in zip(times, expected, strict=False)]
    assert found == expected


def test_hours_go_over_midnight() -> None:
    assert cron.parse("0 22-2 * * ? *").hours == (0, 1, 2, 22, 23)


@pytest.mark.parametrize(
    "fields",
    [
        "0 9 * * ?",
        "0 9 * * ? * *",
        "0 9 * * * *",
        "0 9 ? * ? *",
        "0 9 1 * MON *",
        "60 9 * * ? *",
        "0 24 * * ? *",
        "0 9 0 * ? *",
        "0 9 32 * ? *",
        "0 9 * 13 ? *",
        "0 9 ? * 0 *",
        "0 9 ? * 8 *",
        "0 9 ? * MON#6 *",
        "0 9 ? * MON/2 *",
        "0 9 * * ? 1969",
        "0 9 * * ? 2200",
        "0 9 * * ? 2030-2027",
        "0/0 9 * * ? *",
        "*-5 9 * * ? *",
        "a 9 * * ? *",
        "0 9 L-3 * ? *",
        "0 9 W * ? *",
        "0, 9 * * ? *",
        "-1 9 * * ? *",
        "² 9 * * ? *",
    ],
)
def test_what_is_no_cron_expression_is_refused(fields) -> None:
    with pytest.raises(ValueError, match=r"."):
        cron.parse(fields)


@given(st.text("0123456789*/-,LW#? MONJA", max_size=40))
def test_any_text_is_read_or_refused(fields) -> None:
    try:
        parsed = cron.parse(fields)
    except ValueError:
        return
    next(parsed.times(START), None)
